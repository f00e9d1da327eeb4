"""Arguments become units to send. What cannot be sent is refused here, before it gets a seq."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from .buttons import button_mask
from .errors import client_error
from .requests import INPUT, INPUTS, entry_options, group_options, press_fields, trimmed
from .script import ScriptGroup, ScriptItem, ScriptPress, compile_script
from .submission import Unit
from .types import Limits, Observe, Press

#: A member of a sequence: names (``"A+B"``), a mask, or either with its own frames and observation.
PressSpec: TypeAlias = "str | int | Press"


def single_unit(
    buttons: str | int, hold: int | None, gap: int | None, observe: Observe | None, limits: Limits
) -> Unit:
    """Raises JoywireError ``invalid_argument``."""
    mask = button_mask(buttons)
    if hold is None and gap is None and observe is None:
        return Unit(INPUT, 1, (mask,))
    _check_frames("hold", hold, limits)
    _check_frames("gap", gap, limits)
    return Unit(INPUT, 1, press_fields(mask, hold, gap, observe))


def group_unit(
    presses: Sequence[PressSpec], observe: Observe | None, together: bool | None, limits: Limits
) -> Unit:
    """Raises JoywireError ``invalid_argument``, ``group_too_large``."""
    return _group([_member(press, limits) for press in presses], observe, together, limits)


def script_units(script: str, observe: Observe | None, together: bool | None, limits: Limits) -> list[Unit]:
    """Raises JoywireError ``script_error`` naming line and column."""
    items = compile_script(script, max_group=limits.max_group, max_hold_frames=limits.max_hold_frames)
    return [_script_unit(item, observe, together, limits) for item in items]


def _script_unit(item: ScriptItem, observe: Observe | None, together: bool | None, limits: Limits) -> Unit:
    if isinstance(item, ScriptGroup):
        members = [_script_press(press, None) for press in item.presses]
        return _group(members, observe, together, limits)
    return Unit(INPUT, 1, _script_press(item, observe))


def _script_press(press: ScriptPress, observe: Observe | None) -> tuple[Any, ...]:
    return trimmed(press.buttons, press.hold, press.gap, entry_options(observe))


def _member(press: PressSpec, limits: Limits) -> tuple[Any, ...]:
    if not isinstance(press, Press):
        return (button_mask(press),)
    _check_frames("hold", press.hold, limits)
    _check_frames("gap", press.gap, limits)
    return press_fields(button_mask(press.buttons), press.hold, press.gap, press.observe)


def _group(
    members: list[tuple[Any, ...]], observe: Observe | None, together: bool | None, limits: Limits
) -> Unit:
    count = len(members)
    if count == 0:
        raise client_error("invalid_argument", "a group has at least one member")
    if count > limits.max_group:
        message = f"the group has {count} members; allowed: at most {limits.max_group}"
        raise client_error("group_too_large", message)
    return Unit(INPUTS, count, trimmed(members, group_options(observe, together)))


def _check_frames(name: str, value: int | None, limits: Limits) -> None:
    if value is None or (type(value) is int and 0 <= value <= limits.max_hold_frames):
        return
    message = f"{name}: got {value!r}; allowed: 0 to {limits.max_hold_frames} frames"
    raise client_error("invalid_argument", message)
