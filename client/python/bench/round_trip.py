"""What this package adds to a press: its round trip against bare servers, in one run, alternating.

    npm run bench:python                    # from the repository; prints JSON

Three things are measured in turn, each warm:

- ``echo``: ``websockets`` and ``msgpack``, one message out, one back, from a server that does nothing else.
- ``relay``: the same, from a server that hands the message to a game in a thread of its own, as a gateway has to, and does nothing else.
- ``press``: a press through this package and a gateway. ``noop`` is one on an emulator that runs nothing.

``core`` is what the core alone takes for the frames of such a press, and ``gateway`` what the gateway says that it took itself, the frames
included. Of the medians of each round: ``overBoth`` is press / (echo + core), ``overEcho`` the stricter (press - core) / echo, and
``overRelay`` press / relay. ``holds`` says where each is at most 1.5.
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
from dataclasses import dataclass
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
WARM_UP_ROUNDS = 5
BUTTON_B = 2


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
        echo, relay, core = (
            Process("node", str(HERE / name)) for name in ("echo.mjs", "relay.mjs", "frames.mjs")
        )
        flags = ("--port", "0", "--data", data, "--emulators", "embedded*2,noop*1")
        gateway = Process("node", "dist/server/main.js", "serve", *flags, ready="listening on ")
        try:
            address = gateway.ready.split()[-1]
            async with (
                connect_bare(f"ws://127.0.0.1:{echo.line()}", compression=None) as echoing,
                connect_bare(f"ws://127.0.0.1:{relay.line()}", compression=None) as relaying,
                joywire.connect(address, emulator=Emulator(kind="embedded")) as one,
                joywire.connect(address, emulator=Emulator(kind="embedded")) as two,
                joywire.connect(address, emulator=Emulator(kind="noop")) as none,
            ):
                pads = dict(zip(SHAPES, (one, two, none), strict=True))
                return await _rounds(Bench(echoing, relaying, core, pads), rounds, count)
        finally:
            for process in (echo, relay, core, gateway):
                process.stop()


@dataclass(frozen=True)
class Bench:
    echoing: Any
    relaying: Any
    core: Process
    pads: dict[str, joywire.Pad]

    async def echo(self) -> None:
        await exchange(self.echoing, [2, 1, 1, 1, 0])

    async def relay(self, hold: int, gap: int) -> None:
        await exchange(self.relaying, [BUTTON_B, hold, gap])

    async def press(self, name: str) -> None:
        hold, gap = SHAPES[name]
        await self.pads[name].press_nowait("B", hold, gap)

    async def round(self, count: int) -> Round:
        """Medians of ``count`` round trips of each kind, in us."""
        return Round(
            echo=await median_us(count, self.echo),
            core={
                name: float(self.core.ask(json.dumps([BUTTON_B, *shape]))) for name, shape in SHAPES.items()
            },
            relay={
                name: await median_us(count, partial(self.relay, *shape)) for name, shape in SHAPES.items()
            },
            press={name: await median_us(count, partial(self.press, name)) for name in SHAPES},
        )


@dataclass(frozen=True)
class Round:
    echo: float
    core: dict[str, float]
    relay: dict[str, float]
    press: dict[str, float]

    def over_both(self, name: str) -> float:
        return self.press[name] / (self.echo + self.core[name])

    def over_echo(self, name: str) -> float:
        return (self.press[name] - self.core[name]) / self.echo

    def over_relay(self, name: str) -> float:
        return self.press[name] / self.relay[name]


async def exchange(line: Any, message: list[int]) -> None:
    await line.send(msgpack.packb(message))
    msgpack.unpackb(await line.recv())


async def _rounds(bench: Bench, rounds: int, count: int) -> dict[str, Any]:
    for pad in bench.pads.values():
        await pad.send("W:60 START W:60")
    for _ in range(WARM_UP_ROUNDS):
        await bench.round(count)
    seen = [await bench.round(count) for _ in range(rounds)]
    gateway = {name: await own_us(pad) for name, pad in bench.pads.items()}
    rates = [await rate(bench.pads["noop"], 10 * count) for _ in range(3)]
    return report(seen, gateway, statistics.median(rates))


async def own_us(pad: joywire.Pad) -> float:
    """The median time from the gateway's acceptance of a press to its outcome."""
    latency = (await pad.read_stats()).since_start.latency_us
    return 0.0 if latency is None else latency.total.p50


def report(seen: list[Round], gateway: dict[str, float], presses_per_second: float) -> dict[str, Any]:
    def medians(figure: Callable[[Round, str], float]) -> dict[str, float]:
        return {name: statistics.median(figure(each, name) for each in seen) for name in SHAPES}

    ratios = {
        "overBoth": medians(Round.over_both),
        "overEcho": medians(Round.over_echo),
        "overRelay": medians(Round.over_relay),
    }
    return {
        "python": sys.version.split()[0],
        "echoUs": round(statistics.median(each.echo for each in seen), 1),
        "coreUs": rounded(medians(lambda each, name: each.core[name]), 1),
        "relayUs": rounded(medians(lambda each, name: each.relay[name]), 1),
        "pressUs": rounded(medians(lambda each, name: each.press[name]), 1),
        "gatewayUs": rounded(gateway, 1),
        **{ratio: rounded(of, 2) for ratio, of in ratios.items()},
        "pressesPerSecond": round(presses_per_second),
        "most": MOST,
        "holds": {ratio: {name: of[name] <= MOST for name in SHAPES} for ratio, of in ratios.items()},
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
