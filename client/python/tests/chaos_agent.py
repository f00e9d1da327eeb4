"""One session of the chaos (test/chaos/python-agent.ts): presses what it is told, and says what became of it.

Reads one line of JSON from its input: ``{url, presses, startFrames, lookEvery, ram}``. Writes a line ``settled N`` whenever presses have
their outcomes, and at the end one of JSON: ``{recorded, frame, memory, picture, wrong}``.
"""

from __future__ import annotations

import asyncio
import base64
import json
import random
import sys
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from recorder import RANGES, GameRecorder

import joywire
from joywire import Backoff, JoywireError, Outcome, Press, Use
from joywire.buttons import format_buttons

T = TypeVar("T")
#: What every press ends with, as macros.
TAPS = ["A", "B"]


class Agent:
    def __init__(self, task: dict[str, Any]) -> None:
        self._task = task
        self._choose = random.Random(len(task["presses"]))
        self._recorder = GameRecorder()
        self._frame = int(task["startFrames"])
        self._wrong: list[str] = []

    async def run(self) -> dict[str, Any]:
        task = self._task
        backoff = Backoff(5, 100)
        async with joywire.connect(task["url"], backoff=backoff, resume_ms=600_000) as pad:
            await pad.send(f"W:{self._frame}")
            for name in TAPS:
                pad.define(name, [Press(name, 1, 1)])
            presses = task["presses"]
            for start in range(0, len(presses), task["lookEvery"]):
                await self._press(pad, presses[start : start + task["lookEvery"]])
                memory = await again(lambda: pad.memory(RANGES))
                self._recorder.drain(memory.ranges)
            return await self._report(pad)

    async def _press(self, pad: joywire.Pad, presses: list[dict[str, Any]]) -> None:
        """Singles, groups with macros, and scripts, up to hundreds at once under way."""
        sent: list[asyncio.Future[Any]] = []
        at = 0
        while at < len(presses):
            size = 1 + self._choose.randrange(20) if self._choose.randrange(3) == 0 else 1
            part = presses[at : at + size]
            at += size
            sent.append(self._send(pad, part))
        outcomes: list[Outcome] = []
        for future in sent:
            result = await future
            outcomes += result if isinstance(result, list) else [result]
        for outcome, press in zip(outcomes, presses, strict=True):
            self._check(outcome, press)
        print(f"settled {len(outcomes)}", flush=True)

    def _send(self, pad: joywire.Pad, part: list[dict[str, Any]]) -> asyncio.Future[Any]:
        if len(part) == 1:
            press = part[0]
            return pad.press_nowait(press["buttons"], press["hold"], press["gap"])
        if self._choose.randrange(2) == 0:
            return pad.send_nowait(" ".join(script_of(press) for press in part))
        return pad.sequence_nowait([member_of(press) for press in part])

    def _check(self, outcome: Outcome, press: dict[str, Any]) -> None:
        due, frames = self._frame, press["hold"] + press["gap"]
        self._frame += frames
        if (outcome.status, outcome.first_frame, outcome.frames) != ("executed", due, frames):
            seen = f"{outcome.status} at {outcome.first_frame}"
            self._wrong.append(f"seq {outcome.seq}: {seen}, due at {due}")

    async def _report(self, pad: joywire.Pad) -> dict[str, Any]:
        memory = await again(lambda: pad.memory([tuple(part) for part in self._task["ram"]]))
        screen = await again(pad.screen)
        return {
            "recorded": self._recorder.pressed,
            "frame": screen.frame,
            "memory": [base64.b64encode(part).decode() for part in memory.ranges],
            "picture": base64.b64encode(screen.data).decode(),
            "wrong": self._wrong,
        }


def script_of(press: dict[str, Any]) -> str:
    return f"{format_buttons(press['buttons'])}:{press['hold']}:{press['gap']}"


def member_of(press: dict[str, Any]) -> Press | Use:
    if press["button"] in TAPS and press["hold"] == 1 and press["gap"] == 1:
        return Use(press["button"])
    return Press(press["buttons"], press["hold"], press["gap"])


async def again(look: Callable[[], Awaitable[T]]) -> T:
    """Looks again where the answer was lost with the line: a look changes nothing."""
    while True:
        try:
            return await look()
        except JoywireError as error:
            if error.code not in ("call_lost", "emulator_failed"):
                raise


if __name__ == "__main__":
    print(json.dumps(asyncio.run(Agent(json.loads(sys.stdin.readline())).run())), flush=True)
