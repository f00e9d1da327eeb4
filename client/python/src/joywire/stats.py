"""The figures of the channel and the call ``stats`` (docs/protocol.md, "Stats"), read with care: they come from outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import check
from .codec import REASONS, STATUSES
from .results import read_result


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Latencies in µs."""

    p50: float
    p90: float
    p99: float
    max: float


@dataclass(frozen=True, slots=True)
class Latency:
    """From acceptance to the emulator, from there to the outcome, and both together."""

    queue: Percentiles
    driver: Percentiles
    total: Percentiles


@dataclass(frozen=True, slots=True)
class Span:
    """Figures of a span of time."""

    duration_ms: float
    inputs: float
    inputs_per_second: float
    batches: float
    #: Share of the entries sent that travelled in a batch of two or more.
    buffering_ratio: float
    average_batch_size: float
    largest_batch_size: float
    #: Batches by reason, entries by status.
    flush_reasons: Mapping[str, float]
    outcomes: Mapping[str, float]
    #: None if no entry got its outcome in the span.
    latency_us: Latency | None
    frames: float
    frames_per_second: float
    replaced_pushes: float


@dataclass(frozen=True, slots=True)
class Stats:
    """Figures of one session, or of the whole gateway."""

    scope: str
    session: str | None
    label: str | None
    #: The gateway's clock, ms since 1970.
    at_ms: float
    since_start: Span
    since_last: Span
    credit_limit: float
    credit_outstanding: float
    pending_bytes: float
    #: Ms until the session ends because nobody resumes it; None while it has a connection.
    expires_in_ms: float | None
    ended: bool


def read_stats(value: Any) -> Stats:
    """Raises JoywireError ``protocol_error``."""
    return read_result("stats", value, _stats)


def _stats(fields: Mapping[str, Any]) -> Stats:
    credit = check.mapping(fields.get("credit"), "credit")
    return Stats(
        scope=check.text(fields.get("scope"), "scope"),
        session=check.optional_text(fields.get("session"), "session"),
        label=check.optional_text(fields.get("label"), "label"),
        at_ms=_number(fields, "atMs"),
        since_start=_span(fields.get("sinceStart"), "sinceStart"),
        since_last=_span(fields.get("sinceLast"), "sinceLast"),
        credit_limit=_number(credit, "limit"),
        credit_outstanding=_number(credit, "outstanding"),
        pending_bytes=check.optional_number(fields.get("pendingBytes"), "pendingBytes") or 0,
        expires_in_ms=check.optional_number(fields.get("expiresInMs"), "expiresInMs"),
        ended=check.boolean(fields.get("ended"), "ended"),
    )


def _span(value: object, name: str) -> Span:
    fields = check.mapping(value, name)
    latency = fields.get("latencyUs")
    return Span(
        duration_ms=_number(fields, "durationMs"),
        inputs=_number(fields, "inputs"),
        inputs_per_second=_number(fields, "inputsPerSecond"),
        batches=_number(fields, "batches"),
        buffering_ratio=_number(fields, "bufferingRatio"),
        average_batch_size=_number(fields, "averageBatchSize"),
        largest_batch_size=_number(fields, "largestBatchSize"),
        flush_reasons=_counts(fields.get("flushReasons"), REASONS),
        outcomes=_counts(fields.get("outcomes"), STATUSES),
        latency_us=None if latency is None else _latency(check.mapping(latency, "latencyUs")),
        frames=_number(fields, "frames"),
        frames_per_second=_number(fields, "framesPerSecond"),
        replaced_pushes=_number(fields, "replacedPushes"),
    )


def _counts(value: object, words: Sequence[str]) -> Mapping[str, float]:
    fields = check.mapping(value, "counts")
    return {word: _number(fields, word) for word in words}


def _latency(fields: Mapping[str, Any]) -> Latency:
    def stage(name: str) -> Percentiles:
        figures = check.mapping(fields.get(name), name)
        return Percentiles(*(_number(figures, key) for key in ("p50", "p90", "p99", "max")))

    return Latency(stage("queue"), stage("driver"), stage("total"))


def _number(fields: Mapping[str, Any], name: str) -> float:
    return check.number(fields.get(name), name)
