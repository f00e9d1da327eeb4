"""What this package adds to a press: its round trip against a bare echo, in one run, alternating.

    npm run bench:python                    # from the repository; prints JSON

The echo is as lean as one would write it: ``websockets`` and ``msgpack``, one message out, one back, from a server that does nothing
else. A press has the same way to go, and on top of it a gateway with a game in a thread of its own. ``ratio`` is (press - the core's
time for its frames) / echo, of the medians of each round; ``holds`` says where it is at most 1.5. ``clientRatio`` leaves out what the
gateway says that it took itself, the thread of the game included: what is left is the wire and this package, and comparable to the echo.
``noop`` is a press on an emulator that runs nothing, in the gateway's main thread.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import msgpack
from websockets.asyncio.client import connect as connect_bare

import joywire
from joywire import Emulator

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
#: hold and gap of the presses measured: one frame, and the native press.
SHAPES = {"one_frame": (1, 0), "native": (8, 8), "noop": (0, 0)}
MOST = 1.5


class Process:
    """A program of this bench that prints a line when it is ready."""

    def __init__(self, *command: str, ready: str = "") -> None:
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True
        )
        self.ready = ready and self.line(ready)

    def line(self, start: str = "") -> str:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith(start):
                return line.strip()
        raise RuntimeError(f"{self._process.args!r} ended early")

    def ask(self, line: str = "") -> str:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        return self.line()

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()


async def median_us(count: int, action: Callable[[], Awaitable[Any]]) -> float:
    times = []
    for _ in range(count):
        start = time.perf_counter_ns()
        await action()
        times.append(time.perf_counter_ns() - start)
    return statistics.median(times) / 1000


async def rate(pad: joywire.Pad, count: int) -> float:
    """Presses of no frames a second, as many at once as the credit allows: what the client itself can do."""
    start = time.perf_counter()
    await asyncio.gather(*(pad.press_nowait(0, 0, 0) for _ in range(count)))
    return count / (time.perf_counter() - start)


async def measure(rounds: int, count: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as data:
        echo = Process("node", str(HERE / "echo.mjs"), ready="")
        frames = Process("node", str(HERE / "frames.mjs"))
        flags = ("--port", "0", "--data", data, "--emulators", "embedded*2,noop*1")
        gateway = Process("node", "dist/server/main.js", "serve", *flags, ready="listening on ")
        try:
            port = echo.line()
            address = gateway.ready.split()[-1]
            async with (
                connect_bare(f"ws://127.0.0.1:{port}", compression=None) as bare,
                joywire.connect(address, emulator=Emulator(kind="embedded")) as one,
                joywire.connect(address, emulator=Emulator(kind="embedded")) as two,
                joywire.connect(address, emulator=Emulator(kind="noop")) as none,
            ):
                pads = dict(zip(SHAPES, (one, two, none), strict=True))
                return await _rounds(bare, pads, frames, rounds, count)
        finally:
            for process in (echo, frames, gateway):
                process.stop()


async def _rounds(
    bare: Any, pads: dict[str, joywire.Pad], frames: Process, rounds: int, count: int
) -> dict[str, Any]:
    async def echoed() -> None:
        await bare.send(msgpack.packb([2, 1, 1, 1, 0]))
        msgpack.unpackb(await bare.recv())

    for pad in pads.values():
        await pad.send("W:60 START W:60")
    seen: dict[str, list[float]] = {"echo": [], "frame": [], "rate": [], **{name: [] for name in SHAPES}}
    for number in range(rounds + 1):
        found = {"echo": await median_us(count, echoed), "frame": float(frames.ask())}
        for name, (hold, gap) in SHAPES.items():
            found[name] = await median_us(count, partial(pads[name].press_nowait, "B", hold, gap))
        if number > 0:
            # The first round warms up.
            for name, value in found.items():
                seen[name].append(value)
    gateway = {name: await own_us(pad) for name, pad in pads.items()}
    seen["rate"] = [await rate(pads["noop"], 10 * count) for _ in range(3)]
    return report(seen, gateway)


async def own_us(pad: joywire.Pad) -> float:
    """The median time from the gateway's acceptance of a press to its outcome."""
    latency = (await pad.read_stats()).since_start.latency_us
    return 0.0 if latency is None else latency.total.p50


def report(seen: dict[str, list[float]], gateway: dict[str, float]) -> dict[str, Any]:
    echo, frame = statistics.median(seen["echo"]), statistics.median(seen["frame"])
    press = {name: statistics.median(seen[name]) for name in SHAPES}
    ratios = {
        name: [
            (seen[name][at] - (hold + gap) * seen["frame"][at]) / seen["echo"][at]
            for at in range(len(seen["echo"]))
        ]
        for name, (hold, gap) in SHAPES.items()
    }
    return {
        "python": sys.version.split()[0],
        "echoUs": round(echo, 1),
        "frameUs": round(frame, 1),
        "pressUs": rounded(press, 1),
        "gatewayUs": rounded(gateway, 1),
        "ratio": rounded({name: statistics.median(ratios[name]) for name in SHAPES}, 2),
        "ratios": {name: [round(ratio, 2) for ratio in ratios[name]] for name in SHAPES},
        "clientRatio": rounded({name: (press[name] - gateway[name]) / echo for name in SHAPES}, 2),
        "pressesPerSecond": round(statistics.median(seen["rate"])),
        "most": MOST,
        "holds": {name: statistics.median(ratios[name]) <= MOST for name in SHAPES},
    }


def rounded(figures: dict[str, float], digits: int) -> dict[str, float]:
    return {name: round(figure, digits) for name, figure in figures.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description="A press's round trip against a bare echo, as JSON.")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--count", type=int, default=300, help="round trips of each kind in a round")
    chosen = parser.parse_args()
    print(json.dumps(asyncio.run(measure(chosen.rounds, chosen.count)), indent=2))


if __name__ == "__main__":
    main()
