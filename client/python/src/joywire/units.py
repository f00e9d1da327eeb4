"""What is sent as one message of entries, before it has seqs; and what to send of it again when a part of it is known already."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from .codec import Message
from .guards import guards_behind
from .requests import INPUTS, SCRIPT, trimmed


class Unit(Protocol):
    @property
    def entries(self) -> int:
        """How many seqs it takes."""

    def message(self, seq: int) -> Message:
        """As it is sent first."""

    def again(self, first_seq: int, from_seq: int) -> list[Message]:
        """What to send again of it, which was sent under ``first_seq``, where everything below ``from_seq`` is known."""


class Single:
    """One entry: an input, keys, a command."""

    __slots__ = ("_fields", "_kind")

    def __init__(self, kind: int, fields: tuple[Any, ...]) -> None:
        self._kind = kind
        self._fields = fields

    @property
    def entries(self) -> int:
        return 1

    def message(self, seq: int) -> Message:
        return (self._kind, seq, *self._fields)

    def again(self, first_seq: int, from_seq: int) -> list[Message]:
        return [self.message(first_seq)] if first_seq >= from_seq else []


class Group:
    """Presses that belong together, written with macros at first. Sent again they are written out: a macro may mean something else by
    then, and of a part of a group they cannot say it."""

    __slots__ = ("_members", "_options", "_presses")

    def __init__(
        self, members: Sequence[Any], presses: Sequence[tuple[Any, ...]], options: dict[str, Any] | None
    ) -> None:
        self._members = members
        self._presses = presses
        self._options = options

    @property
    def entries(self) -> int:
        return len(self._presses)

    def message(self, seq: int) -> Message:
        return (INPUTS, seq, *trimmed(self._members, self._options))

    def again(self, first_seq: int, from_seq: int) -> list[Message]:
        skip = max(0, from_seq - first_seq)
        if skip >= len(self._presses):
            return []
        options = self._options
        if skip and options is not None and "guards" in options:
            options = {**options, "guards": guards_behind(options["guards"], skip)}
        return [(INPUTS, first_seq + skip, *trimmed(self._presses[skip:], options))]


class ScriptText:
    """The entries of a script, sent as its text. Sent again they are written out."""

    __slots__ = ("_text", "_units", "entries")

    def __init__(self, text: str, units: Sequence[Unit]) -> None:
        self._text = text
        self._units = units
        self.entries = sum(unit.entries for unit in units)

    def message(self, seq: int) -> Message:
        return (SCRIPT, seq, self._text)

    def again(self, first_seq: int, from_seq: int) -> list[Message]:
        messages: list[Message] = []
        for unit in self._units:
            messages += unit.again(first_seq, from_seq)
            first_seq += unit.entries
        return messages
