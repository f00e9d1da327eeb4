"""The parts that know no network: what decides order, what is sent again, and when."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from gateway import in_loop

from joywire import CLOSE_CODES, Guard, JoywireError, Outcome, Use
from joywire.answers import Ack
from joywire.asides import Asides, Unacked
from joywire.backoff import Backoff, OutageLimits, next_attempt_ms
from joywire.credit import CreditQueue
from joywire.endpoint import endpoint_url
from joywire.errors import may_reconnect
from joywire.guards import guards_map
from joywire.keepalive import CHECK_MS, Keepalive
from joywire.listeners import Listeners
from joywire.macros import Macros
from joywire.pending import PendingEntries
from joywire.receipts import Receipts
from joywire.requests import INPUT, INPUTS, call, cancel
from joywire.resend import Resend
from joywire.subscription import Last, Skip, Subscription
from joywire.types import Limits
from joywire.units import Group, ScriptText, Single

LIMITS = Limits(1 << 20, 1024, 36_000, 65_536, 64, 100, 4096, 20_000, 3_600_000, 2, 10, 65_536)


class FakeClock:
    """Time that is moved by hand."""

    def __init__(self) -> None:
        self._now_ms = 0.0
        self._timers: list[tuple[float, Callable[[], None]]] = []

    def now_ms(self) -> float:
        return self._now_ms

    def after(self, delay_ms: float, action: Callable[[], None]) -> Callable[[], None]:
        timer = (self._now_ms + delay_ms, action)
        self._timers.append(timer)

        def stop() -> None:
            if timer in self._timers:
                self._timers.remove(timer)

        return stop

    def random(self) -> float:
        return 0.5

    def advance(self, ms: float) -> None:
        until = self._now_ms + ms
        while due := sorted(timer for timer in self._timers if timer[0] <= until)[:1]:
            self._timers.remove(due[0])
            self._now_ms = max(self._now_ms, due[0][0])
            due[0][1]()
        self._now_ms = until

    def sleep(self, ms: float) -> None:
        """As a machine does: timers are late."""
        self._now_ms += ms


class Waiter:
    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []
        self.error: JoywireError | None = None

    def settle(self, outcomes: Sequence[Outcome]) -> None:
        self.outcomes += outcomes

    def fail(self, error: JoywireError) -> None:
        self.error = error


def executed(first: int, count: int) -> Ack:
    return Ack(first, [Outcome(seq, "executed", seq, 1, "exact") for seq in range(first, first + count)])


def single(buttons: int = 1) -> Single:
    return Single(INPUT, (buttons,))


def group(count: int, *guards: Guard) -> Group:
    presses = [(button,) for button in range(1, count + 1)]
    options = {"guards": guards_map(guards, count)} if guards else None
    return Group(presses, presses, options)


# When to come back.


def test_waits_are_a_random_share_of_a_bound_that_doubles() -> None:
    backoff = Backoff(100, 1_000)
    assert [backoff.wait_ms(retry, 1.0) for retry in (1, 2, 3, 4, 5, 1000)] == [
        100,
        200,
        400,
        800,
        1000,
        1000,
    ]
    assert backoff.wait_ms(3, 0.25) == 100


def test_attempts_wait_for_what_the_gateway_asked_and_end_with_the_outage() -> None:
    limits = OutageLimits(Backoff(100, 1_000), max_attempts=3, max_outage_ms=5_000)
    assert next_attempt_ms(0, 0, 1_000, 0.5, limits) == 1_050
    assert next_attempt_ms(0, 400, 1_000, 0.5, limits) == 650
    assert next_attempt_ms(2, 4_950, 0, 1.0, limits) == 50
    assert next_attempt_ms(3, 0, 0, 0.5, limits) is None
    assert next_attempt_ms(0, 5_000, 0, 0.5, limits) is None
    assert next_attempt_ms(10**6, 10**9, 0, 1.0, OutageLimits(Backoff())) == 15_000
    assert OutageLimits(Backoff()).max_attempts == math.inf


def test_close_codes_say_whether_to_come_back_and_unknown_ones_by_their_range() -> None:
    assert all(may_reconnect(code) == again for code, again in CLOSE_CODES.values())
    assert may_reconnect(4499) and not may_reconnect(4500) and not may_reconnect(4999) and may_reconnect(1006)


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("127.0.0.1:8080", "ws://127.0.0.1:8080/v1"),
        ("http://host/", "ws://host/v1"),
        ("https://host/base", "wss://host/base/v1"),
        (" wss://host:1/v1 ", "wss://host:1/v1"),
        ("ws://[::1]:80?a=b", "ws://[::1]:80/v1?a=b"),
    ],
)
def test_addresses_lead_to_the_endpoint(address: str, url: str) -> None:
    assert endpoint_url(address) == url


@pytest.mark.parametrize("address", ["", "ws://", "ws://host:port", "ws://host:99999", "a b", "ftp://host"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(JoywireError, match="invalid_url"):
        endpoint_url(address)


def test_a_silent_line_is_pinged_and_then_given_up() -> None:
    clock, pings, lost = FakeClock(), list[int](), list[float]()
    keepalive = Keepalive(clock, 1_000, pings.append, lost.append)
    clock.advance(1_000)
    keepalive.heard = True
    clock.advance(1_000)
    assert (pings, lost) == ([1, 2], [])
    clock.advance(1_000)
    assert lost == [1_000]
    clock.advance(10_000)
    assert (pings, lost) == ([1, 2], [1_000])


def test_after_a_sleep_a_line_has_one_short_chance() -> None:
    clock, pings, lost = FakeClock(), list[int](), list[float]()
    keepalive = Keepalive(clock, 20_000, pings.append, lost.append)
    clock.advance(20_000)
    clock.sleep(100_000)
    clock.advance(0)
    assert (pings, lost) == ([1, 2], [])
    clock.advance(CHECK_MS)
    assert lost == [CHECK_MS]
    keepalive.stop()


def test_outcomes_are_said_to_have_arrived_now_and_then() -> None:
    clock, told = FakeClock(), list[int]()
    receipts = Receipts(clock, 0, told.append)
    receipts.acked(255)
    assert told == []
    receipts.acked(256)
    receipts.acked(300)
    clock.advance(1_000)
    assert told == [256, 300]
    receipts.acked(301)
    receipts.told(301)
    clock.advance(1_000)
    assert told == [256, 300]


# Order.


class Job:
    def __init__(self, name: str, costs: list[int], log: list[str]) -> None:
        self._name = name
        self._costs = costs
        self._log = log

    def cost(self) -> int | None:
        return self._costs[0] if self._costs else None

    def step(self) -> int:
        self._log.append(self._name)
        return self._costs.pop(0)


def test_what_needs_credit_waits_and_nothing_overtakes_it() -> None:
    log: list[str] = []
    queue = CreditQueue(3)
    queue.add(Job("a", [1, 1], log))
    queue.add(Job("group", [2], log))
    queue.add(Job("call", [0], log))
    assert log == ["a", "a"]
    queue.set_limit(4)
    assert log == ["a", "a", "group", "call"]
    queue.hold()
    queue.add(Job("held", [0], log))
    queue.release(4)
    assert log[-1] == "call" and queue.outstanding == 0
    queue.let_go()
    assert log[-1] == "held"


def test_each_entry_is_settled_once_and_groups_as_a_whole() -> None:
    pending = PendingEntries(0, 1)
    one, two = Waiter(), Waiter()
    pending.add(single(), one)
    pending.add(group(3), two)
    assert pending.ack(executed(1, 2)) == 2
    assert len(one.outcomes) == 1 and two.outcomes == []
    assert pending.ack(executed(1, 3)) == 1
    assert pending.ack(executed(4, 1)) == 1
    assert [outcome.seq for outcome in two.outcomes] == [2, 3, 4]
    assert pending.unacked() == []


@pytest.mark.parametrize(("first", "count"), [(3, 1), (1, 3)])
def test_an_ack_that_contradicts_what_was_sent_is_refused(first: int, count: int) -> None:
    pending = PendingEntries(0, 1)
    pending.add(single(), Waiter())
    pending.add(single(), Waiter())
    with pytest.raises(JoywireError, match="protocol_error"):
        pending.ack(executed(first, count))


def test_outcomes_of_what_another_process_sent_are_passed_over() -> None:
    pending = PendingEntries(5, 9)
    mine = Waiter()
    pending.add(group(2), mine)
    pending.ack(executed(6, 3))
    pending.ack(executed(9, 2))
    assert [outcome.seq for outcome in mine.outcomes] == [9, 10]


# What is sent again.


def test_after_a_break_everything_goes_again_in_its_place() -> None:
    asides = Asides()
    asides.add(call(1, "memory", {"ranges": []}), 1)
    asides.add(call(2, "stats", {}), 2)
    asides.add(call(3, "memory", {"ranges": []}), 3)
    asides.add(cancel(2), 3)
    asides.add(call(4, "rollout", {"runs": []}), 1)
    replay = asides.replay([Unacked(1, single(1)), Unacked(2, single(2)), Unacked(3, single(3))], 3)
    assert [message[:2] for message in replay.messages] == [(11, 2), (11, 3), (7, 2), (INPUT, 3)]
    assert sorted(replay.lost) == [1, 4]


def test_what_is_about_entries_that_have_outcomes_is_done() -> None:
    asides = Asides()
    asides.add(cancel(1), 3)
    asides.acked(2)
    assert asides.replay([], 3).messages == []


def test_of_a_group_the_rest_goes_again_with_its_guards_moved() -> None:
    guards = [Guard(1, "==", 2, first=1, count=2), Guard(3, "==", 4, then="go"), Guard(5, "==", 6, first=3)]
    assert group(4, *guards).again(10, 12) == [
        (
            INPUTS,
            12,
            [(3,), (4,)],
            {
                "guards": [
                    {"address": 1, "op": "==", "value": 2, "count": 1},
                    {"address": 3, "op": "==", "value": 4, "then": "go"},
                    {"address": 5, "op": "==", "value": 6, "from": 1},
                ]
            },
        )
    ]
    assert group(2).again(10, 12) == []
    assert group(2).again(10, 9) == [(INPUTS, 10, [(1,), (2,)])]


def test_a_script_goes_again_as_its_entries() -> None:
    script = ScriptText("A (A B) B", [single(1), group(2), single(2)])
    assert script.entries == 4
    assert script.message(5) == (15, 5, "A (A B) B")
    assert script.again(5, 7) == [(INPUTS, 7, [(2,)]), (INPUT, 8, 2)]


def test_a_group_with_macros_goes_again_written_out() -> None:
    written = Group([{"use": "tap"}], [(1, 2, 3)], None)
    assert written.message(1) == (INPUTS, 1, [{"use": "tap"}])
    assert written.again(1, 1) == [(INPUTS, 1, [(1, 2, 3)])]


def test_macros_are_told_again_as_they_were_when_they_were_told() -> None:
    macros = Macros(LIMITS)
    first = macros.define("a", [(1,)], [(1,)])
    macros.sent(first)
    using = macros.define("b", [Use("a", 2).map()], macros.presses(Use("a", 2)))
    macros.sent(using)
    macros.define("a", [(2,)], [(2,)])
    assert macros.again() == [(14, "a", [(1,)]), (14, "b", [(1,), (1,)])]
    assert macros.presses(Use("b")) == ((1,), (1,))


@pytest.mark.parametrize(
    ("name", "presses", "code"),
    [
        ("no name!", 1, "invalid_argument"),
        ("x", 0, "invalid_argument"),
        ("x", 11, "too_many_macros"),
        ("x", 1, "too_many_macros"),
    ],
)
def test_a_macro_that_cannot_be_is_refused_here(name: str, presses: int, code: str) -> None:
    macros = Macros(LIMITS)
    macros.define("a", [(1,)], [(1,)])
    if code == "too_many_macros" and presses == 1:
        macros.define("b", [(1,)], [(1,)])
    with pytest.raises(JoywireError) as raised:
        macros.define(name, [(1,)] * presses, [(1,)] * presses)
    assert raised.value.code == code


def test_what_was_refused_for_now_goes_again_when_it_may_and_holds_back_the_rest() -> None:
    clock, sent = FakeClock(), list[Any]()
    pending, queue = PendingEntries(0, 1), CreditQueue(10)
    resend = Resend(clock, pending, queue, sent.append)
    for _ in range(4):
        pending.add(single(), Waiter())
    resend.refused(3, 200)
    resend.refused(2, None)
    log: list[str] = []
    queue.add(Job("new", [1], log))
    clock.advance(199)
    assert (sent, log) == ([], [])
    clock.advance(1)
    assert [message[1] for message in sent] == [2, 3, 4] and log == ["new"]
    resend.refused(4, 50)
    queue.set_limit(0)
    clock.advance(1_000)
    assert len(sent) == 3
    queue.set_limit(10)
    resend.credit_changed()
    assert [message[1] for message in sent[3:]] == [4]


# Streams and listeners.


@in_loop
async def test_a_slow_reader_gets_the_newest_and_is_told_what_it_missed() -> None:
    left: list[bool] = []
    stream: Subscription[int] = Subscription(int, lambda: left.append(True))
    for n in range(1, 5):
        stream.push(n, n)
    assert (await stream.next(), stream.missed) == (4, 0)
    stream.push(7, 7)
    assert (await stream.next(), stream.missed) == (7, 2)
    stream.restarted()
    stream.push(1, 1)
    assert (await stream.next(), stream.missed) == (1, 0)
    waiting = asyncio.ensure_future(stream.next())
    await asyncio.sleep(0)
    stream.close()
    with pytest.raises(StopAsyncIteration):
        await stream.next()
    assert isinstance(await asyncio.gather(waiting, return_exceptions=True), list)
    assert left == [True]


@in_loop
async def test_a_stream_ends_as_its_reader_says() -> None:
    def read(payload: Any) -> int:
        if payload is None:
            raise Skip
        if payload == "end":
            raise Last
        return int(payload)

    stream = Subscription(read, lambda: None, 3)
    for n, payload in enumerate([1, None, 2, "end", 3], 1):
        stream.push(n, payload)
    assert [payload async for payload in stream] == [1, 2]
    broken = Subscription(read, lambda: None)
    broken.end(JoywireError("gone", "it is gone"))
    with pytest.raises(JoywireError, match="gone"):
        await broken.next()
    with pytest.raises(StopAsyncIteration):
        await broken.next()


@in_loop
async def test_a_listener_that_fails_stops_nobody_else() -> None:
    loop = asyncio.get_running_loop()
    failures: list[Any] = []
    loop.set_exception_handler(lambda _, context: failures.append(context["exception"]))
    listeners, heard = Listeners(loop), list[object]()
    listeners.on("event", lambda event: 1 / 0)
    off = listeners.on("event", heard.append)
    listeners.emit("event", "one")
    off()
    listeners.emit("event", "two")
    assert heard == ["one"] and [type(failure) for failure in failures] == [ZeroDivisionError] * 2
