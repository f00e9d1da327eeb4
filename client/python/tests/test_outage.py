"""Lines that break, gateways that die, and limits on how fast one may go: no entry is lost or runs twice."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest
from gateway import Gateway, in_loop
from proxy import Cut, Proxy

import joywire
from joywire import Backoff, JoywireError, Outcome, Press, Reconnect

SOON = Backoff(5, 50)
PLAYER = (0xC011, 2)


def assert_each_ran_once(outcomes: list[Outcome]) -> None:
    assert [outcome.status for outcome in outcomes] == ["executed"] * len(outcomes)
    assert [outcome.seq for outcome in outcomes] == list(range(1, len(outcomes) + 1))
    ran = [(outcome.first_frame or 0, outcome.frames) for outcome in outcomes]
    assert all(first + frames == later for (first, frames), (later, _) in pairwise(ran))


async def play(pad: joywire.Pad) -> list[Outcome]:
    """Singles, a group, a script, keys, a command, with a reading between them."""
    pad.define("tap", [Press("A", 1, 1)])
    futures = [pad.press_nowait("A", 1, 1) for _ in range(5)]
    group = pad.sequence_nowait([joywire.Use("tap", 3), "B", Press("UP", 2, 2)])
    script = pad.send_nowait("A:1:1*9 (B UP)*3")
    keys = pad.keys_nowait("")
    stats = pad.call_nowait("stats", {})
    last = pad.press_nowait("B", 1, 1)
    outcomes = [*await asyncio.gather(*futures), *await group, *await script, await keys, await last]
    assert (await stats)["session"] == pad.session
    return outcomes


@pytest.mark.parametrize("direction", ["up", "down"])
@in_loop
async def test_a_line_may_break_at_any_byte(gateway: Gateway, direction: str) -> None:
    async with Proxy(gateway.port) as proxy:
        for after in [*range(1100, 1500, 13), *range(1, 400, 41)]:
            first = proxy.connections

            def plan(number: int, first: int = first, after: int = after) -> Cut | None:
                return (Cut(up=after) if direction == "up" else Cut(down=after)) if number == first else None

            proxy.plan = plan
            async with joywire.connect(proxy.url, backoff=SOON, connect_attempts=5) as pad:
                assert_each_ran_once(await play(pad))


@in_loop
async def test_a_line_on_which_nothing_comes_back_is_given_up(gateway: Gateway) -> None:
    async with Proxy(gateway.port) as proxy:
        proxy.plan = lambda number: Cut(down=1200, stall=True) if number == 0 else None
        async with joywire.connect(proxy.url, backoff=SOON, keepalive_ms=100) as pad:
            states: list[str] = []
            pad.on("state", lambda state: states.append(state.status))
            outcomes = [await pad.press("A", 1, 1) for _ in range(30)]
            assert_each_ran_once(outcomes)
            assert states == ["reconnecting", "open"]
            assert pad.state == joywire.Open()


@in_loop
async def test_streams_and_readings_go_on_over_a_break(gateway: Gateway) -> None:
    async with Proxy(gateway.port) as proxy, joywire.connect(proxy.url, backoff=SOON) as pad:
        async with pad.stats(interval_ms=100) as stats, pad.pictures() as pictures:
            await pad.send("W:60 START W:60")
            await stats.next()
            proxy.cut_all()
            await pad.send("RIGHT*2")
            assert (await pictures.next()).frame > 0
            while (await stats.next()).since_start.inputs < 5:
                pass
        proxy.cut_all()
        assert len((await pad.memory(*PLAYER)).data) == 2


@in_loop
async def test_a_gateway_that_is_killed_has_the_session_back() -> None:
    with Gateway() as gateway:
        async with joywire.connect(gateway.url, backoff=SOON) as pad:
            futures = [pad.press_nowait("A", 1, 1) for _ in range(600)]
            group = pad.sequence_nowait([Press("B", 1, 1)] * 300)
            await futures[99]
            gateway.kill()
            with pytest.raises(JoywireError) as raised:
                await joywire.connect(gateway.url)
            assert raised.value.code == "connection_failed"
            gateway.start()
            assert_each_ran_once([*await asyncio.gather(*futures), *await group])


@in_loop
async def test_a_session_that_is_gone_says_so() -> None:
    with Gateway("--no-journal") as gateway:
        pad = await joywire.connect(gateway.url, backoff=SOON)
        await pad.press("A")
        press = pad.press_nowait("A", 36_000, 36_000)
        gateway.kill()
        gateway.start()
        with pytest.raises(JoywireError) as raised:
            await press
        assert raised.value.code == "session_lost"
        assert isinstance(pad.state, joywire.Closed) and pad.state.may_reconnect
        await pad.close()


@in_loop
async def test_without_reconnecting_a_break_ends_the_session(gateway: Gateway) -> None:
    async with Proxy(gateway.port) as proxy:
        pad = await joywire.connect(proxy.url, reconnect=False)
        proxy.cut_all()
        with pytest.raises(JoywireError) as raised:
            await pad.press("A")
        assert raised.value.code == "connection_lost"
        await pad.wait_closed()


@in_loop
async def test_attempts_come_to_an_end() -> None:
    gateway = Gateway()
    pad = await joywire.connect(gateway.url, reconnect=Reconnect(max_attempts=3, backoff=SOON))
    attempts: list[int] = []
    pad.on("state", lambda state: attempts.append(getattr(state, "attempt", 0)))
    gateway.kill()
    with pytest.raises(JoywireError) as raised:
        await pad.press("A")
    assert raised.value.code == "connection_lost"
    assert attempts == [1, 2, 3, 0]
    gateway.stop()


@in_loop
async def test_closing_while_there_is_no_connection_waits_for_one_and_discarding_does_not() -> None:
    with Gateway() as gateway:
        one = await joywire.connect(gateway.url, backoff=SOON)
        two = await joywire.connect(gateway.url, backoff=SOON)
        press = one.press_nowait("A")
        broken = asyncio.Event()
        two.on("state", lambda state: broken.set())
        gateway.kill()
        await broken.wait()
        await two.close(discard=True)
        closing = asyncio.ensure_future(one.close())
        gateway.start()
        await closing
        assert (await press).executed
        assert isinstance(one.state, joywire.Closed) and one.state.code == 1000


@in_loop
async def test_a_gateway_that_stops_is_left_in_peace_and_its_successor_found() -> None:
    gateway = Gateway()
    pad = await joywire.connect(gateway.url, backoff=SOON)
    goaway: list[joywire.Goaway] = []
    pad.on("goaway", goaway.append)
    presses = [pad.press_nowait("A", 1, 1) for _ in range(100)]
    await presses[0]
    gateway.terminate()
    later = [pad.press_nowait("A", 1, 1) for _ in range(100)]
    gateway.start()
    assert_each_ran_once([*await asyncio.gather(*presses), *await asyncio.gather(*later)])
    assert [away.reconnect_in_ms > 0 for away in goaway] == [True]
    await pad.close()
    gateway.stop()


@in_loop
async def test_what_goes_too_fast_is_sent_again_and_keeps_its_order() -> None:
    with Gateway("--messages-per-second", "150", "--inputs-per-second", "400") as slow:
        errors: list[JoywireError] = []
        async with joywire.connect(slow.url, backoff=SOON) as pad:
            pad.on("error", errors.append)
            presses = [pad.press_nowait("A", 1, 0) for _ in range(500)]
            groups = [pad.sequence_nowait([Press("B", 1, 0)] * 50) for _ in range(4)]
            outcomes = list(await asyncio.gather(*presses))
            for group in groups:
                outcomes += await group
            assert_each_ran_once(outcomes)
        assert errors == []
