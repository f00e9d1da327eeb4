"""Many runs at once, beside the live game."""

from __future__ import annotations

import asyncio

import pytest
from gateway import Gateway, in_loop

import joywire
import joywire.sync
from joywire import Backoff, JoywireError, Run

PLAYER = (0xC011, 2)
STEPS = {"RIGHT*2": (2, 0), "LEFT*2": (-2, 0), "DOWN*2": (0, 2)}


async def in_the_world(pad: joywire.Pad) -> bytes:
    await pad.send("W:60 START W:60 B")
    return (await pad.memory(*PLAYER)).data


@in_loop
async def test_runs_go_on_from_the_live_game_and_leave_it_alone(gateway: Gateway) -> None:
    async with joywire.connect(gateway.url) as pad:
        x, y = await in_the_world(pad)
        rollout = pad.rollout(list(STEPS), memory=[PLAYER], hash=True, screen="png", keep=True, outcomes=True)
        results = {result.run: result async for result in rollout}
        assert [results[run].memory for run in range(3)] == [
            (bytes([x + dx, y + dy]),) for dx, dy in STEPS.values()
        ]
        assert all(result.status == "done" and result.frames == 32 for result in results.values())
        outcomes = results[0].outcomes
        assert outcomes is not None and [outcome.executed for outcome in outcomes] == [True, True]
        assert (await pad.memory(*PLAYER)).data == bytes([x, y])
        kept = results[0].checkpoint
        [further] = await pad.rollout([Run("RIGHT", kept)], memory=[PLAYER]).all()
        assert further.memory == (bytes([x + 3, y]),)
        assert (await pad.load(kept or "")).executed


@in_loop
async def test_more_runs_than_a_call_takes_are_cut_and_each_has_its_place(gateway: Gateway) -> None:
    async with joywire.connect(gateway.url) as pad:
        rollout = pad.rollout([f"A:1:{number % 7}" for number in range(1500)])
        results = await rollout.all()
        assert [result.run for result in results] == list(range(1500))
        assert [result.frames for result in results] == [1 + number % 7 for number in range(1500)]
        assert rollout.finished == rollout.total == 1500


@in_loop
async def test_what_is_cancelled_says_so(gateway: Gateway) -> None:
    async with joywire.connect(gateway.url) as pad:
        async with pad.rollout(["W:30000"] * 50) as rollout:
            pass
        statuses = [result.status for result in await rollout.all()]
        assert len(statuses) == 50 and "cancelled" in statuses


@in_loop
async def test_a_rollout_that_is_refused_raises_what_the_gateway_says(gateway: Gateway) -> None:
    async with joywire.connect(gateway.url) as pad:
        refused: list[tuple[list[str | Run], str]] = [
            (["A NOPE"], "invalid_script"),
            ([Run("A", "nowhere")], "unknown_checkpoint"),
        ]
        for runs, code in refused:
            with pytest.raises(JoywireError) as raised:
                await pad.rollout(runs).all()
            assert raised.value.code == code


@in_loop
async def test_runs_without_a_result_are_submitted_again_after_a_restart() -> None:
    with Gateway() as gateway:
        async with joywire.connect(gateway.url, backoff=Backoff(5, 50)) as pad:
            x, y = await in_the_world(pad)
            rollout = pad.rollout(["RIGHT W:400"] * 24, memory=[PLAYER])
            results = aiter(rollout)
            await anext(results)
            gateway.kill()
            gateway.start()
            every = await asyncio.wait_for(rollout.all(), 100)
            assert [result.memory for result in every] == [(bytes([x + 1, y]),)] * 24


@in_loop
async def test_what_was_kept_before_a_restart_is_there_again_at_the_end() -> None:
    with Gateway() as gateway:
        async with joywire.connect(gateway.url, backoff=Backoff(5, 50)) as pad:
            await in_the_world(pad)
            rollout = pad.rollout(["RIGHT W:400"] * 12 + ["DOWN W:400"] * 12, memory=[PLAYER], keep=True)
            handed_out = []
            async for result in rollout:
                handed_out.append(result)
                if len(handed_out) == 3:
                    gateway.kill()
                    gateway.start()
            every = await rollout.all()
            assert sorted(handed_out, key=lambda result: result.run) == every
            ends = await pad.rollout([Run("", result.checkpoint) for result in every], memory=[PLAYER]).all()
            assert [end.memory for end in ends] == [result.memory for result in every]


def test_a_rollout_without_asyncio(gateway: Gateway) -> None:
    with joywire.sync.connect(gateway.url) as pad:
        with pad.rollout(["A", "B:1:1"]) as rollout:
            assert sorted(result.run for result in rollout) == [0, 1]
        assert [result.frames for result in rollout.all()] == [16, 2]
