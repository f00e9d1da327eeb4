"""Buttons as a bit mask, in mGBA's bit order, and their names."""

from __future__ import annotations

from collections.abc import Mapping

from .errors import client_error

#: Mask bit of every button. R and L exist only on emulators that say so in their capabilities.
BUTTONS: Mapping[str, int] = {
    "A": 1,
    "B": 2,
    "SELECT": 4,
    "START": 8,
    "RIGHT": 16,
    "LEFT": 32,
    "UP": 64,
    "DOWN": 128,
    "R": 256,
    "L": 512,
}

ALL_BUTTONS = 0x3FF

#: Names, as they were written before, and their masks; most programs use a handful.
_KNOWN: dict[str, int] = {"": 0, **BUTTONS}
_MOST_KNOWN = 1024


def parse_buttons(text: str) -> int | None:
    """The mask for names joined by ``+``, in any case: ``"a+Up"`` gives 65, ``""`` gives 0. None if a name is unknown."""
    if text == "":
        return 0
    mask = 0
    for name in text.split("+"):
        bit = BUTTONS.get(name.strip().upper())
        if bit is None:
            return None
        mask |= bit
    return mask


def button_names(mask: int) -> list[str]:
    """The names in a mask, lowest bit first: 65 gives ``["A", "UP"]``."""
    return [name for name, bit in BUTTONS.items() if mask & bit]


def format_buttons(mask: int) -> str:
    """A mask as names joined by ``+``: 65 gives ``"A+UP"``, 0 gives ``""``."""
    return "+".join(button_names(mask))


def button_mask(buttons: str | int) -> int:
    """The mask for names or a mask. Raises JoywireError ``invalid_argument``."""
    if isinstance(buttons, str):
        mask = _KNOWN.get(buttons)
        if mask is None:
            mask = parse_buttons(buttons)
            if mask is not None and len(_KNOWN) < _MOST_KNOWN:
                _KNOWN[buttons] = mask
        if mask is not None:
            return mask
    elif type(buttons) is int and 0 <= buttons <= ALL_BUTTONS:
        return buttons
    names = ", ".join(BUTTONS)
    raise client_error(
        "invalid_argument",
        f"buttons: got {buttons!r}; allowed: {names}, joined by +, or a mask from 0 to {ALL_BUTTONS}",
    )
