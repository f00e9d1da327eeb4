"""The action set: which presses stand behind each number."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any, NamedTuple

from ..errors import client_error
from ..guards import Guard
from ..script import ScriptGroup, compile_script
from ..script_parse import ScriptPress
from ..types import Press


class Action(NamedTuple):
    """One group of presses, and what decides in the game how much of it runs."""

    presses: tuple[Press, ...]
    guards: tuple[Guard, ...] | None


def read_action(text: str, hold: int, gap: int) -> Action:
    """An action from its script. Raises JoywireError ``script_error``."""
    if not compile_script(text):
        return Action((Press(0, hold, gap),), None)
    # In parentheses all of it is one group; by itself it was read first for the sake of line and column in an error.
    [group] = compile_script(f"({text}\n)")
    assert isinstance(group, ScriptGroup)
    return Action(tuple(_press(press, hold, gap) for press in group.presses), group.guards or None)


def read_actions(texts: Sequence[str], hold: int, gap: int) -> tuple[Action, ...]:
    """Raises JoywireError ``invalid_argument``, ``script_error``."""
    if isinstance(texts, str) or len(texts) == 0:
        raise client_error("invalid_argument", f"actions: got {texts!r}; allowed: a list of scripts")
    return tuple(read_action(text, hold, gap) for text in texts)


def action_number(action: Any, count: int) -> int:
    """Raises JoywireError ``invalid_argument`` for what is no number of an action."""
    try:
        number = operator.index(action)
    except TypeError:
        number = -1
    if isinstance(action, bool) or not 0 <= number < count:
        raise client_error("invalid_argument", f"action: got {action!r}; allowed: 0 to {count - 1}")
    return number


def _press(press: ScriptPress, hold: int, gap: int) -> Press:
    if press.hold is None:
        return Press(press.buttons, hold, gap)
    # A wait ends with its last frame.
    after = gap if press.buttons else 0
    return Press(press.buttons, press.hold, after if press.gap is None else press.gap)
