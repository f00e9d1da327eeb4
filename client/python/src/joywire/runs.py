"""The runs of a rollout: what is asked for, and what each came to (docs/protocol.md, "Rollouts")."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from . import check
from .answers import read_outcome
from .codec import JsonCodec
from .results import read_result
from .types import Outcome

RunStatus: TypeAlias = Literal["done", "failed", "cancelled"]
_STATUSES: tuple[RunStatus, ...] = ("done", "failed", "cancelled")
#: Words are words in both encodings, as everything in results.
_WORDS = JsonCodec()

#: Most runs of one call, and what they take in it besides their texts: more than it ever is.
_MAX_RUNS = 1024
_RUN_BYTES, _CALL_BYTES, _BYTES_PER_CHARACTER = 64, 8192, 4


@dataclass(frozen=True, slots=True)
class Run:
    """A script, on from a checkpoint; None: from the session's own game, as it is behind every entry called before."""

    script: str
    start: str | None = None


@dataclass(frozen=True, slots=True)
class RunResult:
    """What one run came to."""

    #: Position among the runs, from 0.
    run: int
    #: ``failed``: ``code`` says why. ``cancelled``: before it was over.
    status: RunStatus
    #: Frames that it ran.
    frames: int
    #: One byte string for each range asked for.
    memory: tuple[bytes, ...] | None = None
    #: SHA-256 of the last picture, as hex.
    hash: str | None = None
    screen: bytes | None = None
    #: Name of the checkpoint that its last state is kept as, until the session ends.
    checkpoint: str | None = None
    #: Of its entries, with seqs from 1. Frames count on from that of the checkpoint.
    outcomes: tuple[Outcome, ...] | None = None
    code: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class PlacedRun:
    """A run, and its position among all that were asked for."""

    run: Run
    at: int


def cut_runs(runs: Sequence[PlacedRun], max_message_bytes: int) -> list[list[PlacedRun]]:
    """Runs in calls that a gateway takes: at least one a call, whatever its size."""
    parts: list[list[PlacedRun]] = []
    room = 0
    for placed in runs:
        texts = len(placed.run.script) + len(placed.run.start or "")
        size = _RUN_BYTES + _BYTES_PER_CHARACTER * texts
        if not parts or len(parts[-1]) == _MAX_RUNS or size > room:
            parts.append([])
            room = max_message_bytes - _CALL_BYTES
        parts[-1].append(placed)
        room -= size
    return parts


def read_frame(value: object) -> int | None:
    """Of the answer to ``rollout``: the frame of the session's own game, where runs begin with it."""
    return read_result("rollout", value, lambda fields: check.optional_integer(fields.get("frame"), "frame"))


@dataclass(frozen=True)
class ResultPage:
    """The answer to ``rollout_results``: results in the order in which runs ended, and whether these are the last."""

    results: list[RunResult]
    done: bool
    #: Names the life of the gateway: another one has nothing that this one kept.
    gateway: str


def read_page(value: object) -> ResultPage:
    def page(fields: Mapping[str, Any]) -> ResultPage:
        results = [_result(item) for item in check.array(fields.get("results"), "results")]
        done = check.boolean(fields.get("done"), "done")
        return ResultPage(results, done, check.text(fields.get("gateway"), "gateway"))

    return read_result("rollout_results", value, page)


def _result(value: object) -> RunResult:
    fields = check.mapping(value, "result")
    memory, screen, outcomes = (fields.get(key) for key in ("memory", "screen", "outcomes"))
    return RunResult(
        run=check.integer(fields.get("run"), "run", 0, _MAX_RUNS - 1),
        status=_status(fields.get("status")),
        frames=check.integer(fields.get("frames"), "frames"),
        memory=None if memory is None else tuple(_parts(memory)),
        hash=check.optional_text(fields.get("hash"), "hash"),
        screen=None if screen is None else check.binary(screen, "screen"),
        checkpoint=check.optional_text(fields.get("checkpoint"), "checkpoint"),
        outcomes=None if outcomes is None else tuple(_outcomes(outcomes)),
        code=check.optional_text(fields.get("code"), "code"),
        message=check.optional_text(fields.get("message"), "message"),
    )


def _status(value: object) -> RunStatus:
    for status in _STATUSES:
        if status == value:
            return status
    raise check.wrong("status", value, ", ".join(_STATUSES))


def _parts(value: object) -> list[bytes]:
    return [check.binary(part, "memory") for part in check.array(value, "memory")]


def _outcomes(value: object) -> list[Outcome]:
    items = check.array(value, "outcomes")
    return [read_outcome(item, seq, None, _WORDS) for seq, item in enumerate(items, 1)]
