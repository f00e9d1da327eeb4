"""Arguments become units to send. What cannot be sent is refused here, before it gets a seq."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from .buttons import button_mask
from .errors import client_error
from .guards import Guard, guards_map
from .macros import Macros, Use
from .requests import INPUT, compact, entry_options, observe_map, press_fields, trimmed
from .script import ScriptGroup, ScriptItem, compile_script
from .script_parse import ScriptPress
from .types import Limits, Observe, Press
from .units import Group, ScriptText, Single, Unit

#: A member of a sequence: names (``"A+B"``), a mask, either with its own frames and observation, or a macro.
PressSpec: TypeAlias = "str | int | Press | Use"

#: Scripts of more inputs go out as their entries: a message has to fit the credit as a whole.
_LONGEST_MESSAGE = 256
#: Bytes that a single and a member of a group take at least, their frames on the wire included.
_SINGLE_BYTES, _MEMBER_BYTES = 11, 2


def single_unit(
    buttons: str | int, hold: int | None, gap: int | None, observe: Observe | None, limits: Limits
) -> Unit:
    """Raises JoywireError ``invalid_argument``."""
    mask = button_mask(buttons)
    if hold is None and gap is None and observe is None:
        return Single(INPUT, (mask,))
    _check_frames("hold", hold, limits)
    _check_frames("gap", gap, limits)
    return Single(INPUT, press_fields(mask, hold, gap, observe))


def members_of(
    presses: Sequence[PressSpec], macros: Macros, limits: Limits
) -> tuple[list[Any], list[tuple[Any, ...]]]:
    """Members as they travel, and the presses they stand for. Raises JoywireError ``invalid_argument``, ``unknown_macro``."""
    members: list[Any] = []
    expanded: list[tuple[Any, ...]] = []
    for press in presses:
        if isinstance(press, Use):
            expanded.extend(macros.presses(press))
            members.append(press.map())
        else:
            fields = _fields(press, limits)
            expanded.append(fields)
            members.append(fields)
    return members, expanded


def group_unit(
    presses: Sequence[PressSpec],
    observe: Observe | None,
    together: bool | None,
    guards: Sequence[Guard] | None,
    macros: Macros,
    limits: Limits,
) -> Unit:
    """Raises JoywireError ``invalid_argument``, ``group_too_large``, ``unknown_macro``."""
    members, expanded = members_of(presses, macros, limits)
    return _group(members, expanded, observe, together, guards, limits)


def script_units(script: str, observe: Observe | None, together: bool | None, limits: Limits) -> list[Unit]:
    """The units of a script, or the one that has its text where that is shorter.

    Raises JoywireError ``script_error`` naming line and column.
    """
    items = compile_script(script, max_group=limits.max_group, max_hold_frames=limits.max_hold_frames)
    units = [_script_unit(item, observe, together, limits) for item in items]
    if observe is None and together is None and _is_shorter(script, items, units, limits):
        return [ScriptText(script, units)]
    return units


def _is_shorter(script: str, items: Sequence[ScriptItem], units: Sequence[Unit], limits: Limits) -> bool:
    length = len(script.encode("utf-16-le")) // 2
    entries = sum(unit.entries for unit in units)
    if limits.max_script_length is None or length > limits.max_script_length:
        return False
    if not 2 <= entries <= min(_LONGEST_MESSAGE, limits.max_group):
        return False
    written_out = sum(
        _SINGLE_BYTES + (len(item.presses) * _MEMBER_BYTES if isinstance(item, ScriptGroup) else 0)
        for item in items
    )
    return len(script.encode()) + _SINGLE_BYTES < written_out


def _script_unit(item: ScriptItem, observe: Observe | None, together: bool | None, limits: Limits) -> Unit:
    if isinstance(item, ScriptGroup):
        members = [_script_press(press, None) for press in item.presses]
        return _group(members, members, observe, together, item.guards or None, limits)
    return Single(INPUT, _script_press(item, observe))


def _script_press(press: ScriptPress, observe: Observe | None) -> tuple[Any, ...]:
    return trimmed(press.buttons, press.hold, press.gap, entry_options(observe))


def _fields(press: str | int | Press, limits: Limits) -> tuple[Any, ...]:
    if not isinstance(press, Press):
        return (button_mask(press),)
    _check_frames("hold", press.hold, limits)
    _check_frames("gap", press.gap, limits)
    return press_fields(button_mask(press.buttons), press.hold, press.gap, press.observe)


def _group(
    members: list[Any],
    presses: list[tuple[Any, ...]],
    observe: Observe | None,
    together: bool | None,
    guards: Sequence[Guard] | None,
    limits: Limits,
) -> Unit:
    count = len(presses)
    if count == 0:
        raise client_error("invalid_argument", "a group has at least one member")
    if count > limits.max_group:
        message = f"the group has {count} members; allowed: at most {limits.max_group}"
        raise client_error("group_too_large", message)
    options = compact(
        observe=None if observe is None else observe_map(observe),
        together=together,
        guards=None if guards is None else guards_map(guards, count),
    )
    return Group(members, presses, options or None)


def _check_frames(name: str, value: int | None, limits: Limits) -> None:
    if value is None or (type(value) is int and 0 <= value <= limits.max_hold_frames):
        return
    message = f"{name}: got {value!r}; allowed: 0 to {limits.max_hold_frames} frames"
    raise client_error("invalid_argument", message)
