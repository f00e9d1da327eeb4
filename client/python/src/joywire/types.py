"""What sessions are asked for and answer, as frozen values. Fields are those of docs/protocol.md in snake case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Status: TypeAlias = Literal["executed", "rejected", "failed", "unknown"]
Certainty: TypeAlias = Literal["exact", "derived", "none"]
FlushReason: TypeAlias = Literal["single", "size", "time", "group", "idle", "backlog", "explicit", "drain"]
Pace: TypeAlias = Literal["turbo", "realtime"]
Strategy: TypeAlias = Literal["threshold", "eager", "adaptive"]
OnFailure: TypeAlias = Literal["stop", "continue"]
Encoding: TypeAlias = Literal["msgpack", "json"]
#: ``(address, length)`` in the Game Boy's address space.
MemoryRange: TypeAlias = tuple[int, int]
#: Parameters whose content belongs to the method or channel they are for.
Params: TypeAlias = Mapping[str, Any]

#: Most frames that one hold or gap may last: ten minutes.
MAX_HOLD_FRAMES = 36_000


@dataclass(frozen=True, slots=True)
class Observe:
    """What to read on the exact last frame of an entry or a group. ``Observe()`` looks at nothing."""

    memory: Sequence[MemoryRange] | None = None
    #: SHA-256 of the raw picture.
    hash: bool | None = None
    screen: Literal["png", "raw"] | None = None


@dataclass(frozen=True, slots=True)
class Observed:
    """What an observation gave; ``memory`` has one byte string for each range asked for."""

    memory: tuple[bytes, ...] | None = None
    hash: str | None = None
    screen: bytes | None = None


@dataclass(frozen=True, slots=True)
class GuardStop:
    """Where and why a guard stopped its range."""

    #: Position of the guard in ``guards``.
    index: int
    #: Frames that the emulator had run when it decided.
    frame: int
    #: The byte, after masking; None where it could not be read.
    value: int | None = None


@dataclass(frozen=True, slots=True)
class Detail:
    """Why an entry did not run, or what it gave beyond its frames."""

    code: str | None = None
    message: str | None = None
    observed: Observed | None = None
    #: Of a save: the checkpoint's name.
    checkpoint: str | None = None
    approximated: str | None = None
    coalesced: int | None = None
    #: Why a guard kept it from running.
    guard: GuardStop | None = None
    #: How many frames passed before it because a guard waited.
    waited: int | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """The batch that an outcome travelled in. Times are µs: the oldest entry's wait, and the emulator's time until this ack."""

    id: int
    size: int
    reason: FlushReason
    queued_us: int
    driver_us: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one entry. It covers the frames ``first_frame`` up to, not including, ``first_frame + frames``."""

    #: 0 when it was given up before it left this client, so that it never had one.
    seq: int
    status: Status
    first_frame: int | None
    frames: int
    certainty: Certainty
    detail: Detail | None = None
    batch: Batch | None = None

    @property
    def executed(self) -> bool:
        return self.status == "executed"

    @property
    def code(self) -> str | None:
        """Why it did not run: ``detail.code``."""
        return None if self.detail is None else self.detail.code

    @property
    def checkpoint(self) -> str | None:
        """Of a save or a load: the checkpoint's name, unless it failed."""
        return None if self.detail is None else self.detail.checkpoint

    @property
    def observed(self) -> Observed:
        """What was observed; empty where nothing was."""
        seen = None if self.detail is None else self.detail.observed
        return seen if seen is not None else Observed()


@dataclass(frozen=True, slots=True)
class Press:
    """A member of a sequence: names or a mask, and what is absent is the emulator's native press."""

    buttons: str | int
    #: Frames pressed.
    hold: int | None = None
    #: Frames released after it.
    gap: int | None = None
    observe: Observe | None = None


@dataclass(frozen=True, slots=True)
class Dedupe:
    """At most one of a press in so many frames: a later one is rejected. ``frames=0`` drops none."""

    frames: int
    #: Only presses with one of these buttons; absent: every press.
    buttons: int | None = None


@dataclass(frozen=True, slots=True)
class Batching:
    """Settings of batching. As an argument, what is None stays as it is; as an answer, all of the first four are there."""

    strategy: Strategy | None = None
    #: Longest wait of an input while the emulator is idle, in ms.
    max_wait_ms: float | None = None
    #: Waiting inputs that trigger a flush.
    max_batch_size: int | None = None
    #: Inputs in the last second from which on inputs are batched.
    high_frequency_threshold: int | None = None
    coalesce: bool | None = None
    dedupe: Dedupe | None = None


@dataclass(frozen=True, slots=True)
class Emulator:
    """Which emulator to lease: all that are given must fit."""

    id: str | None = None
    kind: str | None = None
    #: Name or SHA-256 of the ROM.
    rom: str | None = None
    #: The checkpoint to start from.
    state: str | None = None
    #: How long to wait in line for one, in ms; 0: not at all.
    wait_ms: float | None = None
    #: Whether the game is to have sound, at half the speed of turbo.
    sound: bool | None = None


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an emulator can do; whatever it cannot is rejected before anything runs."""

    buttons: int
    chords: bool
    timing: bool
    keys: bool
    native_hold: int
    native_gap: int
    frames: Certainty
    freeze: bool
    screen: bool
    memory: bool
    states: bool
    reset: bool
    paces: tuple[str, ...]
    #: Most entries in one batch.
    largest_batch: int
    waits: bool | None = None
    sound: bool | None = None
    guards: bool | None = None


@dataclass(frozen=True, slots=True)
class EmulatorInfo:
    """The leased emulator."""

    id: str
    kind: str
    rom: str
    #: SHA-256 of the ROM as hex, or "" where it cannot be known.
    rom_hash: str
    #: Frames run when the session was opened.
    frame: int
    capabilities: Capabilities


@dataclass(frozen=True, slots=True)
class Limits:
    """What this gateway takes at most."""

    max_message_bytes: int
    max_group: int
    max_hold_frames: int
    max_memory_bytes: int
    max_subscriptions: int
    min_interval_ms: int
    kept_outcomes: int
    keepalive_ms: int
    max_resume_ms: int
    #: None: the gateway knows no macros.
    max_macros: int | None = None
    max_macro_presses: int | None = None
    #: None: the gateway knows no messages with scripts.
    max_script_length: int | None = None


@dataclass(frozen=True, slots=True)
class OtherSession:
    """Another session of the gateway."""

    session: str
    label: str | None
    #: Name of the token it began with; ``local`` where none is wanted.
    owner: str


@dataclass(frozen=True, slots=True)
class Welcome:
    """What the gateway said when the session was opened or resumed."""

    session: str
    secret: str
    resumed: bool
    resume_ms: float
    acked_through: int
    next_seq: int
    credit: int
    emulator: EmulatorInfo | None
    batching: Batching
    limits: Limits
    server: str
    controller: OtherSession | None = None
    not_resumed: str | None = None


@dataclass(frozen=True, slots=True)
class RequestError:
    """A request failed; the connection lives."""

    code: str
    message: str
    retryable: bool
    seq: int | None = None
    allowed: str | None = None
    subscription: int | None = None
    retry_in_ms: int | None = None
