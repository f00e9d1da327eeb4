"""The payloads of the channel ``profile`` (docs/protocol.md, "Profile"): of every entry, when it reached each stage of its way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import check
from .codec import REASONS, STATUSES
from .results import read_result

#: In the order in which an entry reaches them.
STAGES = (
    "received",
    "queued",
    "flushed",
    "driverStart",
    "firstFrame",
    "end",
    "settled",
    "recorded",
    "acked",
)
_KINDS = ("press", "keys", "load", "save", "reset", "pace", "unsent")
#: Numbers of a batch, and of an entry before those of its stages.
_BATCH_FIELDS, _ENTRY_FIELDS = 3, 7
#: Payloads that are kept for a slow reader: nothing of a profile is replaced on its way.
PROFILES_KEPT = 1024


@dataclass(frozen=True, slots=True)
class ProfiledBatch:
    id: int
    size: int
    reason: str


@dataclass(frozen=True, slots=True)
class ProfiledEntry:
    """What an entry was, and when it reached each stage. ``unsent``: it was rejected before it went to the emulator."""

    seq: int
    kind: str
    status: str
    #: A mask, and frames; None of commands and of what was not sent.
    buttons: int | None
    hold: int | None
    gap: int | None
    first_frame: int | None
    frames: int
    batch: ProfiledBatch | None
    #: µs on the gateway's clock, by the names of :data:`STAGES`. One that has not come, or that nobody can know, is absent.
    at: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Profile:
    """What was acked since the payload before."""

    session: str
    #: The first and the last seq that it is about; ``through`` is one less than ``first`` when there is none.
    first: int
    through: int
    #: How many of these seqs, the oldest, are not among the entries: the gateway kept no more.
    dropped: int
    #: The stages that this gateway can know of this session.
    stages: tuple[str, ...]
    entries: tuple[ProfiledEntry, ...]
    #: When the payload was made, in µs on the gateway's clock.
    at_us: int
    #: What the gateway's clock counts from, in ms since 1970.
    origin_ms: float
    #: The session has ended, and no more payloads come.
    ended: bool


def read_profile(value: Any) -> Profile:
    """Reads a payload; stages that are newer than this package are passed over. Raises JoywireError ``protocol_error``."""
    return read_result("profile", value, _profile)


def _profile(fields: Mapping[str, Any]) -> Profile:
    def count(name: str) -> int:
        return check.integer(fields.get(name), name)

    names = [check.text(name, "stages") for name in check.array(fields.get("stages"), "stages")]
    batches = _batches(check.array(fields.get("batches"), "batches"))
    first, through, dropped = count("from"), count("through"), count("dropped")
    numbers = check.array(fields.get("inputs"), "inputs")
    entries = _Reader(names, batches).read(numbers, first + dropped)
    expected = max(0, through - first + 1 - dropped)
    if len(entries) != expected:
        raise check.wrong("inputs", len(entries), f"{expected} inputs")
    return Profile(
        session=check.text(fields.get("session"), "session"),
        first=first,
        through=through,
        dropped=dropped,
        stages=tuple(name for name in names if name in STAGES),
        entries=tuple(entries),
        at_us=count("atUs"),
        origin_ms=check.number(fields.get("originMs"), "originMs"),
        ended=check.boolean(fields.get("ended"), "ended"),
    )


def _batches(numbers: Sequence[Any]) -> list[ProfiledBatch]:
    batches = []
    for at in range(0, len(numbers) - _BATCH_FIELDS + 1, _BATCH_FIELDS):
        number, size, reason = (check.integer(item, "batches") for item in numbers[at : at + _BATCH_FIELDS])
        batches.append(
            ProfiledBatch(number, size, REASONS[check.integer(reason, "batches", 0, len(REASONS) - 1)])
        )
    return batches


class _Reader:
    def __init__(self, names: Sequence[str], batches: Sequence[ProfiledBatch]) -> None:
        self._names = names
        self._batches = batches
        self._next_frame = 0
        self._began_us = 0

    def read(self, numbers: Sequence[Any], first_seq: int) -> list[ProfiledEntry]:
        fields = _ENTRY_FIELDS + len(self._names)
        if len(numbers) % fields != 0:
            raise check.wrong("inputs", len(numbers), f"{fields} numbers an input")
        rows = (numbers[at : at + fields] for at in range(0, len(numbers), fields))
        return [self._entry(row, seq) for seq, row in enumerate(rows, first_seq)]

    def _entry(self, row: Sequence[Any], seq: int) -> ProfiledEntry:
        code = check.integer(row[0], "inputs", 0, len(_KINDS) * len(STATUSES) - 1)
        kind, status = divmod(code, len(STATUSES))
        ahead, frames = _signed(row[4]), check.integer(row[5], "inputs")
        first_frame = None if ahead is None else self._next_frame + ahead
        if first_frame is not None:
            self._next_frame = first_frame + frames
        batch = check.optional_integer(row[6], "inputs")
        if batch is not None and batch >= len(self._batches):
            raise check.wrong("inputs", batch, f"one of {len(self._batches)} batches")
        return ProfiledEntry(
            seq,
            _KINDS[kind],
            STATUSES[status],
            check.optional_integer(row[1], "inputs"),
            check.optional_integer(row[2], "inputs"),
            check.optional_integer(row[3], "inputs"),
            first_frame,
            frames,
            None if batch is None else self._batches[batch],
            self._times(row[_ENTRY_FIELDS:]),
        )

    def _times(self, deltas: Sequence[Any]) -> dict[str, int]:
        times: dict[str, int] = {}
        us, first = self._began_us, None
        for name, number in zip(self._names, deltas, strict=True):
            delta = _signed(number)
            if delta is None:
                continue
            us += delta
            first = us if first is None else first
            if name in STAGES:
                times[name] = us
        self._began_us = self._began_us if first is None else first
        return times


def _signed(value: object) -> int | None:
    return None if value is None else check.integer(value, "inputs", -check.MAX_INTEGER)
