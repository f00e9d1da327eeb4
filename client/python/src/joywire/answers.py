"""Messages from the gateway: arrays become values, checked. What a newer gateway adds is passed over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from . import check
from .codec import Codec
from .types import (
    Batch,
    Batching,
    Capabilities,
    Certainty,
    Dedupe,
    Detail,
    EmulatorInfo,
    GuardStop,
    Limits,
    Observed,
    OtherSession,
    Outcome,
    RequestError,
    Welcome,
)


@dataclass(slots=True)
class Ack:
    """Outcomes of consecutive seqs."""

    first_seq: int
    outcomes: list[Outcome]


@dataclass(slots=True)
class Push:
    id: int
    n: int
    payload: Any


@dataclass(slots=True)
class Result:
    id: int
    value: Any


@dataclass(slots=True)
class Refusal:
    """A message ``error``: a request failed, of a call if there is an id."""

    call_id: int | None
    error: RequestError


@dataclass(slots=True)
class Credit:
    limit: int


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened to the session: ``emulator_replaced``, ``control_lost``, ... Unknown names are to be ignored."""

    name: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Goaway:
    """The gateway is about to close the connection."""

    reason: str
    reconnect_in_ms: float


@dataclass(slots=True)
class Pong:
    n: int
    time_ms: float


Answer: TypeAlias = Welcome | Ack | Push | Result | Refusal | Credit | Event | Goaway | Pong


def read_answer(fields: Sequence[Any], codec: Codec) -> Answer | None:
    """The message in an array; None for a type that this version does not know, which is to be ignored.

    Raises JoywireError ``protocol_error``.
    """
    kind = _kind(fields, codec)
    if kind == "ack":
        return _ack(fields, codec)
    padded = (*fields, None, None, None)
    if kind == "push":
        return Push(check.integer(padded[1], "subscription id"), check.integer(padded[2], "n"), padded[3])
    if kind == "result":
        return Result(check.integer(padded[1], "call id"), padded[2])
    if kind == "error":
        return Refusal(check.optional_integer(padded[1], "call id"), _request_error(padded[2]))
    if kind == "credit":
        return Credit(check.integer(padded[1], "credit"))
    if kind == "event":
        return Event(check.text(padded[1], "event"), check.optional_mapping(padded[2], "data"))
    if kind == "goaway":
        return _goaway(padded[1])
    if kind == "pong":
        return Pong(check.integer(padded[1], "ping number"), check.number(padded[2], "time"))
    if kind == "welcome":
        return _welcome(padded[1])
    return None


def _kind(fields: Sequence[Any], codec: Codec) -> Any:
    first = fields[0] if fields else None
    kind = type(first)
    if kind is int or kind is str or kind is float:
        return codec.types.get(first)
    raise check.wrong("type", first, "a number or a name")


def _ack(fields: Sequence[Any], codec: Codec) -> Ack:
    count = len(fields)
    first_seq = check.integer(fields[1] if count > 1 else None, "firstSeq")
    batch = None if count < 4 or fields[3] is None else _batch(fields[3], codec)
    seq = first_seq
    outcomes = []
    for item in check.array(fields[2] if count > 2 else None, "outcomes"):
        outcomes.append(read_outcome(item, seq, batch, codec))
        seq += 1
    return Ack(first_seq, outcomes)


def read_outcome(value: object, seq: int, batch: Batch | None, codec: Codec) -> Outcome:
    fields = check.array(value, "outcome")
    count = len(fields)
    status = _word(codec.statuses, fields[0] if count else None, "status")
    first = fields[1] if count > 1 else None
    certainty: Certainty = "exact" if status == "executed" else "none"
    if count > 3 and fields[3] is not None:
        certainty = _word(codec.certainties, fields[3], "certainty")
    return Outcome(
        seq,
        status,
        None if first is None else check.integer(first, "firstFrame"),
        check.integer(fields[2] if count > 2 else None, "frames"),
        certainty,
        None if count < 5 or fields[4] is None else _detail(fields[4]),
        batch,
    )


def _word(words: Mapping[Any, Any], value: object, name: str) -> Any:
    # True is 1 to a map, and no number here.
    kind = type(value)
    if kind is int or kind is str or kind is float:
        word = words.get(value)
        if word is not None:
            return word
    raise check.wrong(name, value, ", ".join(str(known) for known in words.values()))


def _batch(value: object, codec: Codec) -> Batch:
    fields = check.array(value, "batch")
    if len(fields) < 5:
        fields = (*fields, None, None, None, None, None)
    return Batch(
        check.integer(fields[0], "batch id"),
        check.integer(fields[1], "batch size"),
        _word(codec.reasons, fields[2], "reason"),
        check.integer(fields[3], "queuedUs"),
        check.integer(fields[4], "driverUs"),
    )


def _detail(value: object) -> Detail:
    fields = check.mapping(value, "detail")
    seen = fields.get("observed")
    stop = fields.get("guard")
    return Detail(
        check.optional_text(fields.get("code"), "code"),
        check.optional_text(fields.get("message"), "message"),
        None if seen is None else observed(seen),
        check.optional_text(fields.get("checkpoint"), "checkpoint"),
        check.optional_text(fields.get("approximated"), "approximated"),
        check.optional_integer(fields.get("coalesced"), "coalesced"),
        None if stop is None else _guard_stop(stop),
        check.optional_integer(fields.get("waited"), "waited"),
    )


def _guard_stop(value: object) -> GuardStop:
    fields = check.mapping(value, "guard")
    return GuardStop(
        check.integer(fields.get("index"), "guard.index"),
        check.integer(fields.get("frame"), "guard.frame"),
        check.optional_integer(fields.get("value"), "guard.value"),
    )


def observed(value: object) -> Observed:
    fields = check.mapping(value, "observed")
    memory = fields.get("memory")
    screen = fields.get("screen")
    return Observed(
        None
        if memory is None
        else tuple(check.binary(part, "memory") for part in check.array(memory, "memory")),
        check.optional_text(fields.get("hash"), "hash"),
        None if screen is None else check.binary(screen, "screen"),
    )


def _request_error(value: object) -> RequestError:
    fields = check.mapping(value, "error")
    return RequestError(
        check.text(fields.get("code"), "code"),
        check.text(fields.get("message"), "message"),
        check.boolean(fields.get("retryable"), "retryable"),
        check.optional_integer(fields.get("seq"), "seq"),
        check.optional_text(fields.get("allowed"), "allowed"),
        check.optional_integer(fields.get("subscription"), "subscription"),
        check.optional_integer(fields.get("retryInMs"), "retryInMs"),
    )


def _goaway(value: object) -> Goaway:
    fields = check.mapping(value, "goaway")
    return Goaway(
        check.text(fields.get("reason"), "reason"),
        check.number(fields.get("reconnectInMs"), "reconnectInMs"),
    )


def _welcome(value: object) -> Welcome:
    fields = check.mapping(value, "welcome")
    emulator = fields.get("emulator")
    controller = fields.get("controller")
    return Welcome(
        session=check.text(fields.get("session"), "session"),
        secret=check.text(fields.get("secret"), "secret"),
        resumed=check.boolean(fields.get("resumed"), "resumed"),
        resume_ms=check.number(fields.get("resumeMs"), "resumeMs"),
        acked_through=check.integer(fields.get("ackedThrough"), "ackedThrough"),
        next_seq=check.integer(fields.get("nextSeq"), "nextSeq"),
        credit=check.integer(fields.get("credit"), "credit"),
        emulator=None if emulator is None else emulator_info(emulator),
        batching=batching_settings(fields.get("batching")),
        limits=_limits(fields.get("limits")),
        server=check.text(fields.get("server"), "server"),
        controller=None if controller is None else _other(controller),
        not_resumed=check.optional_text(fields.get("notResumed"), "notResumed"),
    )


def _other(value: object) -> OtherSession:
    fields = check.mapping(value, "controller")
    return OtherSession(
        check.text(fields.get("session"), "controller.session"),
        check.optional_text(fields.get("label"), "controller.label"),
        check.text(fields.get("owner"), "controller.owner"),
    )


def emulator_info(value: object) -> EmulatorInfo:
    fields = check.mapping(value, "emulator")
    return EmulatorInfo(
        check.text(fields.get("id"), "id"),
        check.text(fields.get("kind"), "kind"),
        check.text(fields.get("rom"), "rom"),
        check.text(fields.get("romHash"), "romHash"),
        check.integer(fields.get("frame"), "frame"),
        _capabilities(fields.get("capabilities")),
    )


def _capabilities(value: object) -> Capabilities:
    fields = check.mapping(value, "capabilities")

    def flag(name: str) -> bool:
        return check.boolean(fields.get(name), name)

    return Capabilities(
        buttons=check.integer(fields.get("buttons"), "buttons"),
        chords=flag("chords"),
        timing=flag("timing"),
        keys=flag("keys"),
        native_hold=check.integer(fields.get("nativeHold"), "nativeHold"),
        native_gap=check.integer(fields.get("nativeGap"), "nativeGap"),
        frames=_word(
            {"exact": "exact", "derived": "derived", "none": "none"}, fields.get("frames"), "frames"
        ),
        freeze=flag("freeze"),
        screen=flag("screen"),
        memory=flag("memory"),
        states=flag("states"),
        reset=flag("reset"),
        paces=tuple(check.text(pace, "pace") for pace in check.array(fields.get("paces"), "paces")),
        largest_batch=check.integer(fields.get("largestBatch"), "largestBatch"),
        waits=check.optional_boolean(fields.get("waits"), "waits"),
        sound=check.optional_boolean(fields.get("sound"), "sound"),
        guards=check.optional_boolean(fields.get("guards"), "guards"),
    )


def batching_settings(value: object) -> Batching:
    """Settings in full, as ``welcome`` and ``configure`` answer them."""
    fields = check.mapping(value, "batching")
    dedupe = fields.get("dedupe")
    strategy: Any = check.text(fields.get("strategy"), "strategy")
    return Batching(
        strategy,
        check.number(fields.get("maxWaitMs"), "maxWaitMs"),
        check.integer(fields.get("maxBatchSize"), "maxBatchSize"),
        check.integer(fields.get("highFrequencyThreshold"), "highFrequencyThreshold"),
        check.optional_boolean(fields.get("coalesce"), "coalesce"),
        None if dedupe is None else _dedupe(dedupe),
    )


def _dedupe(value: object) -> Dedupe:
    fields = check.mapping(value, "dedupe")
    return Dedupe(
        check.integer(fields.get("frames"), "frames"),
        check.optional_integer(fields.get("buttons"), "buttons"),
    )


def _limits(value: object) -> Limits:
    fields = check.mapping(value, "limits")

    def read(name: str) -> int:
        return check.integer(fields.get(name), name)

    return Limits(
        read("maxMessageBytes"),
        read("maxGroup"),
        read("maxHoldFrames"),
        read("maxMemoryBytes"),
        read("maxSubscriptions"),
        read("minIntervalMs"),
        read("keptOutcomes"),
        read("keepaliveMs"),
        read("maxResumeMs"),
        check.optional_integer(fields.get("maxMacros"), "maxMacros"),
        check.optional_integer(fields.get("maxMacroPresses"), "maxMacroPresses"),
        check.optional_integer(fields.get("maxScriptLength"), "maxScriptLength"),
    )
