"""Messages to the gateway, as tuples (see :data:`joywire.codec.Message`), and the maps inside of them. Absent stays absent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .codec import Message
from .types import Batching, Dedupe, Emulator, Observe

HELLO, INPUT, INPUTS, KEYS, COMMAND, FLUSH, CANCEL, RECEIVED = range(1, 9)
SUBSCRIBE, UNSUBSCRIBE, CALL, PING, BYE, DEFINE, SCRIPT = range(9, 16)

FLUSH_MESSAGE: Message = (FLUSH,)


def compact(**fields: Any) -> dict[str, Any]:
    """The fields that are there."""
    return {name: value for name, value in fields.items() if value is not None}


def trimmed(*fields: Any) -> tuple[Any, ...]:
    """Fields without the absent ones at the end."""
    end = len(fields)
    while end > 0 and fields[end - 1] is None:
        end -= 1
    return fields[:end]


def hello(fields: Mapping[str, Any]) -> Message:
    return (HELLO, fields)


def press_fields(buttons: int, hold: int | None, gap: int | None, observe: Observe | None) -> tuple[Any, ...]:
    """``[buttons, hold?, gap?, options?]``: of an input after its seq, and of a member of a group."""
    return trimmed(buttons, hold, gap, entry_options(observe))


def cancel(from_seq: int) -> Message:
    return (CANCEL, from_seq)


def received(through_seq: int) -> Message:
    return (RECEIVED, through_seq)


def subscribe(subscription: int, channel: str, options: Mapping[str, Any]) -> Message:
    return (SUBSCRIBE, subscription, channel, options)


def unsubscribe(subscription: int) -> Message:
    return (UNSUBSCRIBE, subscription)


def call(call_id: int, method: str, params: Mapping[str, Any]) -> Message:
    return (CALL, call_id, method, params)


def ping(n: int) -> Message:
    return (PING, n)


def bye(discard: bool) -> Message:
    return (BYE, {"discard": True}) if discard else (BYE,)


def entry_options(observe: Observe | None) -> dict[str, Any] | None:
    return None if observe is None else {"observe": observe_map(observe)}


def observe_map(observe: Observe) -> dict[str, Any]:
    memory: Sequence[Any] | None = observe.memory
    ranges = None if memory is None else [list(part) for part in memory]
    return compact(memory=ranges, hash=observe.hash, screen=observe.screen)


def batching_map(batching: Batching) -> dict[str, Any]:
    dedupe = batching.dedupe
    return compact(
        strategy=batching.strategy,
        maxWaitMs=batching.max_wait_ms,
        maxBatchSize=batching.max_batch_size,
        highFrequencyThreshold=batching.high_frequency_threshold,
        coalesce=batching.coalesce,
        dedupe=None if dedupe is None else dedupe_map(dedupe),
    )


def dedupe_map(dedupe: Dedupe) -> dict[str, Any]:
    return compact(frames=dedupe.frames, buttons=dedupe.buttons)


def emulator_map(emulator: Emulator) -> dict[str, Any]:
    return compact(
        id=emulator.id,
        kind=emulator.kind,
        rom=emulator.rom,
        state=emulator.state,
        waitMs=emulator.wait_ms,
        sound=emulator.sound,
    )
