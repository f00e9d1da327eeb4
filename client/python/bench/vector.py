"""What is left of the games' speed in a vector environment: 8 of them behind a gateway against 8 bare cores, in one run, alternating.

    npm run bench:gym                       # from the repository; prints JSON

Bare cores run their frames as fast as the machine can, in threads of one process, none waiting for another. The vector environment does
the same frames in steps: one message to each game, one back, with 16 bytes of memory. Both are warm: an agent learns for hours, and the
first thousands of steps, in which V8 still compiles the gateway, are not what it sees.

``ratio`` is its frames a second / theirs, the median of the rounds; ``holds`` says where it is at least 0.8. ``default`` is the step of an
environment that is not told otherwise. ``cpuRatio`` is the same by processor time of all processes, which a busy machine disturbs less.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
import urllib.request
from typing import Any

import numpy as np
from round_trip import HERE, Process

from joywire.gym import JoywireVectorEnv
from joywire.gym.task import Task

GAMES = 8
OPTIONS = Task()
DEFAULT = OPTIONS.hold + OPTIONS.gap
#: Hold and gap of a step, by its frames; actions are told apart by them.
SHAPES = {8: (4, 4), DEFAULT: (OPTIONS.hold, OPTIONS.gap), 60: (8, 52)}
DIRECTIONS = ("RIGHT", "LEFT", "UP", "DOWN")
MEMORY = [(0xC010, 16)]
WARM_UP = 3000
LEAST = 0.8


class Bare:
    def __init__(self) -> None:
        self.process = Process("node", str(HERE / "cores.mjs"), ready="ready")

    def frames(self, hold: int, gap: int, steps: int) -> tuple[float, float]:
        """Frames a second, and seconds of processor time."""
        answer = json.loads(self.process.ask(json.dumps([hold, gap, steps])))
        return answer["fps"], answer["cpuSeconds"]


class Stepped:
    def __init__(self, address: str) -> None:
        self._metrics = f"{address}/metrics"
        self._envs = JoywireVectorEnv(
            address,
            GAMES,
            actions=[f"{button}:{hold}:{gap}" for hold, gap in SHAPES.values() for button in DIRECTIONS],
            observation="memory",
            memory=MEMORY,
            start="W:60 START W:60",
        )
        self._envs.reset()
        self._step(min(SHAPES), WARM_UP)

    def frames(self, shape: int, steps: int) -> tuple[float, float]:
        gateway, own, start = self._cpu_seconds(), time.process_time(), time.perf_counter()
        self._step(shape, steps)
        seconds = time.perf_counter() - start
        cpu = time.process_time() - own + self._cpu_seconds() - gateway
        return GAMES * steps * shape / seconds, cpu

    def _step(self, shape: int, steps: int) -> None:
        first = list(SHAPES).index(shape) * len(DIRECTIONS)
        actions = [np.full(GAMES, first + number) for number in range(len(DIRECTIONS))]
        for step in range(steps):
            self._envs.step(actions[step % len(DIRECTIONS)])

    def close(self) -> None:
        self._envs.close()

    def _cpu_seconds(self) -> float:
        with urllib.request.urlopen(self._metrics) as answer:
            for line in answer.read().decode().splitlines():
                if line.startswith("process_cpu_seconds_total "):
                    return float(line.split()[1])
        raise RuntimeError(f"{self._metrics} does not say how much processor time the gateway took")


def measure(rounds: int, frames_each: int) -> dict[str, Any]:
    bare = Bare()
    with tempfile.TemporaryDirectory() as data:
        flags = ("--port", "0", "--data", data, "--no-journal", "--emulators", str(GAMES))
        gateway = Process("node", "dist/server/main.js", "serve", *flags, ready="listening on ")
        try:
            stepped = Stepped(gateway.ready.split()[-1])
            found = {shape: _rounds(bare, stepped, shape, rounds, frames_each) for shape in SHAPES}
            stepped.close()
        finally:
            gateway.stop()
            bare.process.stop()
    return {
        "games": GAMES,
        "framesPerStep": found,
        "least": LEAST,
        "default": DEFAULT,
        "holds": {shape: row["ratio"] >= LEAST for shape, row in found.items()},
    }


def _rounds(bare: Bare, stepped: Stepped, shape: int, rounds: int, frames_each: int) -> dict[str, Any]:
    hold, gap = SHAPES[shape]
    steps = max(1, frames_each // shape)
    seen = []
    for number in range(rounds + 1):
        pair = bare.frames(hold, gap, steps), stepped.frames(shape, steps)
        if number > 0:
            # The first round warms up.
            seen.append(pair)
    ratios = [own[0] / core[0] for core, own in seen]
    cpu = [core[1] / own[1] for core, own in seen]
    return {
        "ratio": round(statistics.median(ratios), 2),
        "ratios": [round(ratio, 2) for ratio in ratios],
        "cpuRatio": round(statistics.median(cpu), 2),
        "barePerSecond": round(statistics.median(core[0] for core, _ in seen)),
        "framesPerSecond": round(statistics.median(own[0] for _, own in seen)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="A vector environment against bare cores, as JSON.")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--frames", type=int, default=960, help="frames of each game in a round")
    chosen = parser.parse_args()
    print(json.dumps(measure(chosen.rounds, chosen.frames), indent=2))


if __name__ == "__main__":
    main()
