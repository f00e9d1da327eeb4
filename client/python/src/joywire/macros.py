"""Macros: presses that a session has given a name (docs/protocol.md, "define")."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from .codec import Message
from .errors import client_error
from .requests import DEFINE
from .types import Limits

_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")
#: Most repeats of a macro in one use.
_MAX_TIMES = 1024


@dataclass(frozen=True, slots=True)
class Use:
    """A member of a sequence that stands for the presses of a macro, ``times`` times."""

    macro: str
    times: int = 1

    def map(self) -> dict[str, Any]:
        """As a member travels."""
        return {"use": self.macro} if self.times == 1 else {"use": self.macro, "times": self.times}


class Definition(NamedTuple):
    """The message that defines a macro, and the one that does so later, when those it uses may mean something else."""

    message: Message
    again: Message


class Macros:
    """Those of a session, in the order of their definitions."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._presses: dict[str, tuple[tuple[Any, ...], ...]] = {}
        #: What the gateway was told, by name.
        self._sent: dict[str, Message] = {}

    def define(self, name: str, members: Sequence[Any], presses: Sequence[tuple[Any, ...]]) -> Definition:
        """Keeps a macro. Raises JoywireError ``invalid_argument``, ``unsupported``."""
        if self._limits.max_macros is None:
            raise client_error("unsupported", "this gateway knows no macros")
        if not _NAME.match(name):
            allowed = "1 to 64 letters, digits, dots, underscores or dashes"
            raise client_error("invalid_argument", f"name: got {name!r}; allowed: {allowed}")
        if not 1 <= len(presses) <= self._limits.max_group:
            message = f"a macro stands for 1 to {self._limits.max_group} presses; this one for {len(presses)}"
            raise client_error("invalid_argument", message)
        others = {key: known for key, known in self._presses.items() if key != name}
        if len(others) >= self._limits.max_macros:
            raise client_error("too_many_macros", f"a session has at most {self._limits.max_macros} macros")
        self._check_presses(sum(_weight(known) for known in others.values()) + _weight(presses))
        self._presses[name] = tuple(presses)
        return Definition((DEFINE, name, members), (DEFINE, name, list(presses)))

    def sent(self, definition: Definition) -> None:
        """The gateway has been told."""
        self._sent[definition.again[1]] = definition.again

    def again(self) -> list[Message]:
        """What to tell another connection, which may know none of them, before any entry."""
        return list(self._sent.values())

    def presses(self, use: Use) -> tuple[tuple[Any, ...], ...]:
        """What a use stands for. Raises JoywireError ``unknown_macro``, ``invalid_argument``."""
        found = self._presses.get(use.macro)
        if found is None:
            raise client_error("unknown_macro", f"there is no macro {use.macro!r} in this session")
        if type(use.times) is not int or not 1 <= use.times <= _MAX_TIMES:
            message = f"times: got {use.times!r}; allowed: an integer from 1 to {_MAX_TIMES}"
            raise client_error("invalid_argument", message)
        return found * use.times

    def _check_presses(self, presses: int) -> None:
        most = self._limits.max_macro_presses
        if most is not None and presses > most:
            raise client_error("too_many_macros", f"the macros of a session have at most {most} presses")


def _weight(presses: Sequence[tuple[Any, ...]]) -> int:
    """Presses, and the memory ranges that they observe."""
    return sum(1 + _ranges(press) for press in presses)


def _ranges(press: tuple[Any, ...]) -> int:
    options = press[3] if len(press) > 3 else None
    return 0 if options is None else len(options.get("observe", {}).get("memory", ()))
