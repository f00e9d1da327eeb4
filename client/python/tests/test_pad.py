"""What a user of the package gets, against a real gateway with the game that ships."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import Any

import pytest
from gateway import Gateway, in_loop

import joywire
from joywire import Batching, Emulator, Guard, JoywireError, Observe, Press

PLAYER = (0xC011, 2)


@pytest.mark.parametrize("encoding", ["msgpack", "json"])
@in_loop
async def test_an_agent_walks_and_sees_where_it_went(gateway: Gateway, encoding: str) -> None:
    async with joywire.connect(gateway.url, encoding=encoding) as pad:  # type: ignore[arg-type]
        await pad.send("W:60 START W:60")
        start = await pad.press("B", observe=Observe(memory=[PLAYER], hash=True, screen="png"))
        assert start.executed and start.certainty == "exact"
        assert start.observed.memory is not None
        x, y = start.observed.memory[0]
        assert start.observed.screen is not None and start.observed.screen.startswith(b"\x89PNG")
        outcomes = await asyncio.gather(*(pad.press_nowait("RIGHT") for _ in range(3)))
        outcomes += await pad.sequence(
            ["RIGHT", Press("RIGHT", hold=8), 32], observe=Observe(memory=[PLAYER])
        )
        assert [outcome.status for outcome in outcomes] == ["executed"] * 6
        assert [outcome.seq for outcome in outcomes] == list(range(5, 11))
        frames = [(outcome.first_frame or 0, outcome.frames) for outcome in outcomes]
        assert all(first + count == later for (first, count), (later, _) in pairwise(frames))
        assert outcomes[-1].observed.memory == (bytes([x + 4, y]),)
        memory = await pad.memory(*PLAYER)
        assert memory.data == bytes([x + 4, y]) and memory[0] == x + 4
    assert pad.state == joywire.Closed(1000, "bye", False)


@in_loop
async def test_pictures_are_arrays_and_files(gateway: Gateway) -> None:
    async with joywire.connect(gateway.url) as pad:
        async with pad.pictures(fps=60) as pictures:
            await pad.send("W:60 START W:60")
            picture = await pictures.next()
            assert (picture.width, picture.height) == (160, 144)
            assert picture.png().startswith(b"\x89PNG")
            assert picture.array().shape == (144, 160, 3)
        screen = await pad.screen()
        assert screen.array().shape == (144, 160, 3)
        assert screen.png().startswith(b"\x89PNG")
        small = await pad.screen(format="png")
        assert small.png() == small.data
        with pytest.raises(JoywireError, match="invalid_argument"):
            small.array()


@in_loop
async def test_checkpoints_are_saved_loaded_downloaded_uploaded_and_forgotten(gateway: Gateway) -> None:
    async with joywire.connect(gateway.url) as pad:
        await pad.send("W:60 START W:60 B")
        before = (await pad.memory(*PLAYER)).data
        assert (await pad.save("py-door")).checkpoint == "py-door"
        await pad.send("RIGHT*3")
        assert (await pad.memory(*PLAYER)).data != before
        assert (await pad.load("py-door")).executed
        assert (await pad.memory(*PLAYER)).data == before
        kept = await pad.download_checkpoint("py-door")
        await pad.delete_checkpoint("py-door")
        assert "py-door" not in [checkpoint.name for checkpoint in await pad.checkpoints()]
        missing = await pad.load("py-door")
        assert (missing.status, missing.code) == ("failed", "unknown_checkpoint")
        await pad.upload_checkpoint("py-door", kept.data)
        assert (await pad.reset()).executed
    async with joywire.connect(gateway.url, emulator=Emulator(state="py-door")) as pad:
        await pad.press("B")
        assert (await pad.memory(*PLAYER)).data == before
        await pad.delete_checkpoint("py-door")


@in_loop
async def test_what_is_wrong_is_refused_before_anything_is_sent(gateway: Gateway) -> None:
    async with joywire.connect(gateway.url) as pad:
        wrong: list[tuple[Callable[[], Awaitable[Any]], str]] = [
            (lambda: pad.press("X"), "invalid_argument"),
            (lambda: pad.press("A", hold=-1), "invalid_argument"),
            (lambda: pad.press("A", gap=36_001), "invalid_argument"),
            (lambda: pad.send("A\n B NOPE"), "script_error"),
            (lambda: pad.sequence([]), "invalid_argument"),
            (lambda: pad.sequence(["A"] * 1025), "group_too_large"),
            (lambda: pad.call("nothing"), "unknown_method"),
            (lambda: pad.call("memory", {"ranges": [[0, 1 << 20]]}), "invalid_params"),
            (lambda: pad.call("upload_checkpoint", {"bytes": bytes(2**20 + 1)}), "message_too_big"),
            (lambda: pad.call("memory", {"ranges": object()}), "invalid_argument"),
        ]
        for send, code in wrong:
            with pytest.raises(JoywireError) as raised:
                await send()
            assert raised.value.code == code
        assert (await pad.press("A")).seq == 1


@in_loop
async def test_more_than_the_credit_waits_its_turn_and_keeps_its_order(gateway: Gateway) -> None:
    async with joywire.connect(gateway.url, emulator=Emulator(kind="embedded")) as pad:
        presses = [pad.press_nowait("A", 1, 1) for _ in range(3000)]
        assert pad.credit == (1024, 1024)
        memory = pad.memory(*PLAYER)
        outcomes = await asyncio.gather(*presses)
        assert [outcome.seq for outcome in outcomes] == list(range(1, 3001))
        assert [outcome.first_frame for outcome in outcomes] == list(range(0, 6000, 2))
        assert (await memory).frame == 6000


@in_loop
async def test_a_cancelled_press_that_was_not_sent_never_runs(gateway: Gateway) -> None:
    async with joywire.connect(gateway.url) as pad:
        sent = [pad.press_nowait("A", 1, 1) for _ in range(1024)]
        waiting = [pad.press_nowait("B", 1, 1) for _ in range(10)]
        task = asyncio.ensure_future(pad.press("B"))
        await asyncio.sleep(0)
        task.cancel()
        for future in waiting:
            future.cancel()
        last = await pad.press("UP", 1, 1)
        assert last.seq == 1025
        assert all(outcome.executed for outcome in await asyncio.gather(*sent))


@in_loop
async def test_cancel_takes_back_what_is_queued_here_and_there(gateway: Gateway) -> None:
    async with joywire.connect(gateway.url) as pad:
        presses = [pad.press_nowait("A", 100, 100) for _ in range(1500)]
        pad.cancel()
        outcomes = await asyncio.gather(*presses)
        cancelled = [outcome for outcome in outcomes if outcome.code == "cancelled"]
        assert outcomes[-1].seq == 0
        assert len(cancelled) >= 476
        assert {outcome.status for outcome in outcomes} <= {"executed", "rejected"}


@in_loop
async def test_settings_change_while_it_runs(gateway: Gateway) -> None:
    async with joywire.connect(gateway.url, batching=Batching(strategy="threshold", max_wait_ms=2)) as pad:
        assert (pad.batching.strategy, pad.batching.max_wait_ms) == ("threshold", 2)
        settings = await pad.configure(
            batching=Batching(strategy="eager"), observe=Observe(memory=[PLAYER]), on_failure="continue"
        )
        assert settings.batching == pad.batching
        assert settings.on_failure == "continue"
        assert (await pad.press("A")).observed.memory is not None
        await pad.configure(observe=None)
        assert (await pad.press("A")).detail is None


@in_loop
async def test_keys_stay_held_and_pace_changes(gateway: Gateway) -> None:
    async with joywire.connect(gateway.url) as pad:
        await pad.send("W:60")
        held = await pad.keys("B")
        assert held.frames == 1
        await pad.press("UP", 1, 1)
        assert (await pad.memory(0xC00C)).data == b"\x02"
        assert (await pad.keys("")).executed
        assert (await pad.pace("realtime", 16)).executed
        assert (await pad.pace("turbo")).executed


@in_loop
async def test_figures_come_by_call_and_as_a_stream(gateway: Gateway) -> None:
    async with joywire.connect(gateway.url, label="figures") as pad:
        await pad.send("A B A")
        stats = await pad.read_stats()
        assert (stats.label, stats.since_start.outcomes["executed"]) == ("figures", 3)
        async with pad.stats(interval_ms=100) as stream:
            assert (await stream.next()).since_start.inputs == 3
            assert (await stream.next()).session == pad.session
        assert pad.session in [listing.session for listing in await pad.emulators()]
        assert "overworld" in (await pad.roms())[0].name
        assert pad.session in [listing.session for listing in await pad.sessions()]


@in_loop
async def test_a_watcher_sees_and_sends_nothing(gateway: Gateway) -> None:
    async with joywire.connect(gateway.url) as pad, joywire.connect(gateway.url, role="watch") as watcher:
        assert watcher.emulator is None and pad.emulator is not None
        with pytest.raises(JoywireError) as raised:
            await watcher.press("A")
        assert raised.value.code == "not_controller"
        await pad.send("W:60 START W:60")
        async with watcher.pictures(emulator=pad.emulator.id) as pictures:
            assert (await pictures.next()).frame > 0
        assert (await watcher.screen(emulator=pad.emulator.id)).frame == 136


@in_loop
async def test_a_subscription_that_is_refused_raises_what_the_gateway_says(gateway: Gateway) -> None:
    async with joywire.connect(gateway.url) as pad:
        with pytest.raises(JoywireError) as raised:
            await pad.subscribe("weather").next()
        assert raised.value.code == "unknown_channel"


@in_loop
async def test_another_process_goes_on_with_a_session(gateway: Gateway) -> None:
    first = await joywire.connect(gateway.url)
    await first.send("W:60 START W:60")
    async with joywire.connect(gateway.url, resume=first.ticket) as second:
        assert second.resumed and second.session == first.session
        assert (await second.press("A")).seq == 4
        await first.wait_closed()
        assert isinstance(first.state, joywire.Closed) and first.state.code == 4503
        with pytest.raises(JoywireError) as raised:
            await first.press("A")
        assert raised.value.code == "session_ended"
    gone = second.ticket
    with pytest.raises(JoywireError) as refused:
        await joywire.connect(gateway.url, resume=gone)
    assert refused.value.code == "resume_refused"
    async with joywire.connect(gateway.url, resume=gone, or_new=True) as new:
        assert not new.resumed and (await new.press("A")).seq == 1


@in_loop
async def test_control_is_taken_and_comes_back(gateway: Gateway) -> None:
    heard: list[str] = []
    async with joywire.connect(
        gateway.url,
        on_control_lost=lambda by: heard.append(f"lost to {by.label}"),
        on_control_granted=lambda: heard.append("back"),
    ) as pad:
        assert pad.emulator is not None
        events = pad.events()
        emulator = Emulator(id=pad.emulator.id)
        async with joywire.connect(gateway.url, emulator=emulator, takeover=True, label="other") as other:
            assert (await other.press("A")).executed
            assert (await events.next()).name == "control_lost"
            assert not pad.controls
            assert (await pad.press("A")).code == "control_lost"
        assert (await events.next()).name == "control_granted"
        assert (await pad.press("A")).executed
    assert heard == ["lost to other", "back"]


@in_loop
async def test_who_waits_in_line_is_told_the_place() -> None:
    with Gateway("--emulators", "1") as small:
        first = await joywire.connect(small.url)
        places: list[int] = []
        told = asyncio.Event()

        def on_waiting(place: int) -> None:
            places.append(place)
            told.set()

        second = asyncio.ensure_future(
            asyncio.wait_for(joywire.connect(small.url, on_waiting=on_waiting), 60)
        )
        await told.wait()
        with pytest.raises(JoywireError) as refused:
            await joywire.connect(small.url, emulator=Emulator(wait_ms=0))
        assert refused.value.code == "no_emulator"
        await first.close()
        async with await second as pad:
            assert (await pad.press("A")).executed
        assert places == [1]


@in_loop
async def test_a_token_is_wanted_and_given() -> None:
    token = "a-long-and-secret-token"
    with Gateway("--token", token) as guarded:
        with pytest.raises(JoywireError) as raised:
            await joywire.connect(guarded.url)
        assert raised.value.code == "unauthorized"
        async with joywire.connect(guarded.url, token=token) as pad:
            assert (await pad.press("A")).executed


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("127.0.0.1:9", "connection_failed"),
        ("ftp://127.0.0.1", "invalid_url"),
        ("ws://user:secret@127.0.0.1", "invalid_url"),
        ("", "invalid_url"),
    ],
)
@in_loop
async def test_an_address_that_leads_nowhere_says_so(address: str, code: str) -> None:
    with pytest.raises(JoywireError) as raised:
        await joywire.connect(address, connect_timeout_ms=5000)
    assert raised.value.code == code


@in_loop
async def test_who_fails_leaves_nothing_queued(gateway: Gateway) -> None:
    queued: list[asyncio.Future[joywire.Outcome]] = []
    with pytest.raises(ZeroDivisionError):
        async with joywire.connect(gateway.url) as pad:
            queued = [pad.press_nowait("A", 100, 100) for _ in range(1000)]
            raise ZeroDivisionError
    outcomes = await asyncio.gather(*queued)
    assert outcomes[-1].code == "discarded"


@in_loop
async def test_closing_runs_what_was_called(gateway: Gateway) -> None:
    pad = await joywire.connect(gateway.url)
    presses = [pad.press_nowait("A", 1, 1) for _ in range(2000)]
    await pad.close()
    assert all(press.result().executed for press in presses)
    with pytest.raises(JoywireError) as raised:
        await pad.press("A")
    assert raised.value.code == "session_ended"
    await pad.close()


def test_an_option_that_is_none_is_named() -> None:
    with pytest.raises(TypeError, match="lable"):
        joywire.connect("127.0.0.1", lable="x")  # type: ignore[call-arg]


@in_loop
async def test_a_pool_hands_out_sessions_and_takes_them_back() -> None:
    with Gateway("--emulators", "2") as small:
        async with joywire.Pool(small.url, label="pool") as pool:
            async with pool.acquire() as one, pool.acquire(label="own") as two:
                assert pool.acquired == 2
                assert (await one.press("A")).executed and (await two.press("B")).executed
                third = asyncio.ensure_future(pool.acquire().__aenter__())
                await asyncio.sleep(0)
            pad = await third
            assert (await pad.press("A")).executed
            await pad.close()
            held = [await pool.acquire(), await pool.acquire()]
            told = asyncio.Event()
            waiting = asyncio.ensure_future(pool.acquire(on_waiting=lambda _: told.set()).__aenter__())
            await told.wait()
        assert {pad.state.status for pad in held} == {"closed"}
        with pytest.raises(JoywireError) as raised:
            await waiting
        assert raised.value.code == "session_ended"


@in_loop
async def test_guards_stop_a_walk_and_wait_for_the_game(gateway: Gateway) -> None:
    async with joywire.connect(gateway.url) as pad:
        await pad.send("W:60 START W:60 B")
        x = (await pad.memory(PLAYER[0]))[0]
        there = Guard(PLAYER[0], "==", x + 2)
        walk = await pad.sequence(["RIGHT"] * 5, guards=[there])
        assert [outcome.code for outcome in walk] == [None, None, "guard", "guard", "guard"]
        assert walk[2].detail is not None and walk[2].detail.guard is not None
        assert walk[2].detail.guard.value == x + 2
        written = await pad.send(f"(LEFT*5){{stop 0xC011=={x}}} W:2{{wait 0xC004!=0 60}}")
        assert [outcome.status for outcome in written] == ["executed"] * 2 + ["rejected"] * 3 + ["executed"]
        for wrong in [Guard(0x10000, "==", 1), Guard(0, "==", 1, then="wait"), Guard(0, "==", 1, first=5)]:
            with pytest.raises(JoywireError) as raised:
                await pad.sequence(["A"], guards=[wrong])
            assert raised.value.code == "invalid_argument"


@in_loop
async def test_macros_stand_for_presses(gateway: Gateway) -> None:
    async with joywire.connect(gateway.url) as pad:
        pad.define("tap", [Press("A", 1, 1)])
        pad.define("two", [joywire.Use("tap", 2)])
        outcomes = await pad.sequence([joywire.Use("two", 3), "B"])
        assert [(outcome.seq, outcome.frames) for outcome in outcomes] == [(n, 2) for n in range(1, 7)] + [
            (7, 16)
        ]
        pad.define("tap", [Press("A", 2, 2)])
        outcomes = await pad.sequence([joywire.Use("two"), joywire.Use("tap")])
        assert [outcome.frames for outcome in outcomes] == [2, 2, 4]
        with pytest.raises(JoywireError) as raised:
            await pad.sequence([joywire.Use("three")])
        assert raised.value.code == "unknown_macro"


@in_loop
async def test_a_script_has_its_outcomes_however_it_travels(gateway: Gateway) -> None:
    async with joywire.connect(gateway.url) as pad:
        short = await pad.send("A:1:1*200")
        long = await pad.send("A:1:1*900 B:1:1*900")
        outcomes = short + long
        assert [outcome.seq for outcome in outcomes] == list(range(1, 2001))
        assert [outcome.first_frame for outcome in outcomes] == list(range(0, 4000, 2))


@in_loop
async def test_compression_is_offered_on_request() -> None:
    with Gateway("--compression") as compressing:
        async with joywire.connect(compressing.url, compression=True) as pad:
            outcomes = await pad.sequence([Press("A", 1, 1), Press("B", 1, 1)] * 500)
            assert [outcome.seq for outcome in outcomes] == list(range(1, 1001))
            assert len((await pad.screen()).data) == 160 * 144 * 3
