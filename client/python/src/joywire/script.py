"""The script language, second half: a parsed script becomes inputs, and inputs become a script again.

``A B UP*3 A:10 A:10:2 A+B W:30 (A B)*2 (UP*20){stop 0xD057!=0} # comment``: the grammar and its messages are those of
docs/protocol.md, "Scripts"; test/fixtures/scripts.json is checked against both SDKs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from .buttons import format_buttons
from .errors import client_error
from .guards import Guard, format_guard, shortened
from .script_parse import GroupNode, Node, Parser, PressNode, ScriptPress
from .types import MAX_HOLD_FRAMES

#: Most inputs that a script may stand for, unless it is said.
MAX_INPUTS = 100_000


@dataclass(frozen=True, slots=True)
class ScriptGroup:
    """Inputs that belong together; of guards the outer before the inner ones, as in the text."""

    presses: tuple[ScriptPress, ...]
    guards: tuple[Guard, ...] = ()


ScriptItem: TypeAlias = ScriptPress | ScriptGroup


def compile_script(
    text: str,
    *,
    max_inputs: int = MAX_INPUTS,
    max_group: int | None = None,
    max_hold_frames: int = MAX_HOLD_FRAMES,
) -> tuple[ScriptItem, ...]:
    """What a script stands for. One that stands for more than ``max_inputs`` is refused before any of it is expanded.

    Raises JoywireError ``script_error``; its ``details`` have ``line``, ``column`` (from 1, in UTF-16 units) and ``allowed``.
    """
    most = max_inputs if max_group is None else max_group
    nodes = Parser(text, max_inputs, most, max_hold_frames).script()
    return tuple(item for node in nodes for item in _items(node))


def format_script(items: Sequence[ScriptItem]) -> str:
    """The script for items: ``compile_script(format_script(items))`` gives the same items back.

    Raises JoywireError ``invalid_argument`` for ranges of guards that are neither inside nor beside each other, the outer and the
    earlier ones first.
    """
    return " ".join(
        _GroupText(item).text() if isinstance(item, ScriptGroup) else _format_press(item) for item in items
    )


def _items(node: Node) -> Sequence[ScriptItem]:
    if isinstance(node, PressNode) and not node.guards:
        return [node.press] * node.count
    group = _OpenGroup()
    group.add(node)
    members = len(group.presses)
    guards = tuple(shortened(guard, first, count, members) for guard, first, count in group.guards)
    return [ScriptGroup(tuple(group.presses), guards)]


class _OpenGroup:
    def __init__(self) -> None:
        self.presses: list[ScriptPress] = []
        #: Each with its range: the first member, and how many.
        self.guards: list[tuple[Guard, int, int]] = []

    def add(self, node: Node) -> None:
        first = len(self.presses)
        self.guards.extend((guard, first, node.inputs) for guard in node.guards)
        if isinstance(node, PressNode):
            self.presses.extend([node.press] * node.count)
        else:
            self._add_members(node)

    def _add_members(self, node: GroupNode) -> None:
        for _ in range(node.count):
            for member in node.members:
                self.add(member)


def _format_press(press: ScriptPress) -> str:
    if press.buttons == 0:
        return f"W:{press.hold or 0}"
    hold = "" if press.hold is None else f":{press.hold}"
    gap = "" if press.hold is None or press.gap is None else f":{press.gap}"
    return format_buttons(press.buttons) + hold + gap


class _GroupText:
    """Writes a group down, with parentheses inside around what guards a part of it."""

    def __init__(self, group: ScriptGroup) -> None:
        members = len(group.presses)
        self._presses = group.presses
        #: Each guard with the beginning and the end of its range.
        self._guards = [
            (guard, first, members if guard.count is None else first + guard.count)
            for guard in group.guards
            for first in [guard.first or 0]
        ]
        self._written = 0

    def text(self) -> str:
        text = self._range(0, len(self._presses))
        if self._written < len(self._guards):
            raise client_error(
                "invalid_argument",
                f"guards[{self._written}]: a script cannot say its range; allowed: ranges inside or beside each other, "
                "the outer and the earlier first",
            )
        return text

    def _range(self, first: int, end: int) -> str:
        own = self._own_guards(first, end)
        parts: list[str] = []
        at = first
        while at < end:
            inner_end = self._inner_end(at)
            if at < inner_end <= end:
                parts.append(self._range(at, inner_end))
                at = inner_end
            else:
                parts.append(_format_press(self._presses[at]))
                at += 1
        members = " ".join(parts)
        return members + own if end - first == 1 and own else f"({members}){own}"

    def _inner_end(self, at: int) -> int:
        """Where the range ends that begins here, if the next guard's does; else ``at``."""
        if self._written >= len(self._guards) or self._guards[self._written][1] != at:
            return at
        return self._guards[self._written][2]

    def _own_guards(self, first: int, end: int) -> str:
        text = ""
        while self._written < len(self._guards):
            guard, begins, ends = self._guards[self._written]
            if (begins, ends) != (first, end):
                break
            text += format_guard(guard)
            self._written += 1
        return text
