"""What was sent between the entries and may have to be sent again after a break, each in its place: calls, flush, cancel. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from .codec import Message
from .requests import CALL
from .units import Unit

#: Calls that may be made again, later than they were made first, without harm.
_REPEATABLE = frozenset(
    {
        "screen",
        "memory",
        "stats",
        "emulators",
        "checkpoints",
        "download_checkpoint",
        "upload_checkpoint",
        "authenticate",
        "sessions",
        "configure",
        "roms",
        "rollout_results",
        "cancel_rollout",
    }
)
#: Those of them that look at the game behind the entries before them.
_BEHIND_ENTRIES = frozenset({"screen", "memory"})


@dataclass(frozen=True, slots=True)
class Unacked:
    """An entry message without all its outcomes."""

    first_seq: int
    unit: Unit


@dataclass(frozen=True, slots=True)
class Replay:
    """What to send again, in order; and the ids of the calls that cannot be made again."""

    messages: Sequence[Message]
    lost: Sequence[int]


class Asides:
    def __init__(self) -> None:
        #: By call id, what has no answer under a number below 0: the seq that the next entry had when it was sent, and it.
        self._waiting: dict[int, tuple[int, Message]] = {}
        self._unanswered = 0

    def add(self, message: Message, before_seq: int) -> None:
        if message[0] == CALL:
            self._waiting[message[1]] = (before_seq, message)
        else:
            self._unanswered -= 1
            self._waiting[self._unanswered] = (before_seq, message)

    def answered(self, call_id: int) -> None:
        self._waiting.pop(call_id, None)

    def acked(self, through_seq: int) -> None:
        """What was about entries that have their outcomes has done its work."""
        if not self._waiting:
            return
        done = [
            key
            for key, (before_seq, message) in self._waiting.items()
            if message[0] != CALL and before_seq <= through_seq + 1
        ]
        for key in done:
            del self._waiting[key]

    def replay(self, entries: Sequence[Unacked], next_seq: int) -> Replay:
        """For a gateway that has accepted everything below ``next_seq``."""
        messages: list[Message] = []
        lost: list[int] = []
        asides = list(self._waiting.values())

        def asides_before(seq: float) -> None:
            while asides and asides[0][0] <= seq:
                before_seq, message = asides.pop(0)
                if before_seq >= next_seq or _is_timeless(message):
                    messages.append(message)
                elif message[0] == CALL:
                    lost.append(message[1])

        for entry in entries:
            asides_before(entry.first_seq)
            messages.extend(entry.unit.again(entry.first_seq, next_seq))
        asides_before(math.inf)
        return Replay(messages, lost)


def _is_timeless(message: Message) -> bool:
    """Whether asking again, later than it was asked first, gives what was wanted and does no harm."""
    if message[0] != CALL or message[2] not in _REPEATABLE:
        return False
    params = message[3]
    return message[2] not in _BEHIND_ENTRIES or params.get("now") is True or "emulator" in params
