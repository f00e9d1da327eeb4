"""Learns to walk to a tile, from nothing but its own steps: Q-learning on a table, eight games at once.

    npm start -- --emulators 8
    pip install './client/python[gym]'
    python examples/python/train.py

The agent sees x and y. A step costs 0.01, the tile gives 1 and ends the episode. The table begins at 0, which is better than any step can
be: so what was not tried yet looks best, and the agent explores by itself. Steps are remembered, and learned from again and again.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time

import gymnasium
import numpy as np

import joywire.gym  # noqa: F401 - registers joywire/Overworld-v0

ACTIONS = ("UP", "DOWN", "LEFT", "RIGHT")
#: Cells of the map.
WIDTH, HEIGHT = 48, 40
DISCOUNT = 0.98
#: How often an action is drawn by chance.
CURIOSITY = 0.05
#: Remembered steps that are learned from again after each new one.
REPLAYED = 2_000
#: Steps after which an episode counts as lost.
LONGEST = 60


class Table:
    """What each action is worth on each cell."""

    def __init__(self, random: np.random.Generator) -> None:
        self._worth = np.zeros((WIDTH * HEIGHT, len(ACTIONS)))
        self._random = random
        #: cell, action, reward, next cell, whether it was the last one.
        self._memory = [np.zeros(0, kind) for kind in (int, int, float, int, bool)]

    def best(self, cells: np.ndarray) -> np.ndarray:
        """The best action on each of the cells; of equals one by chance."""
        worth = self._worth[cells]
        draw = self._random.random(worth.shape)
        return np.where(worth == worth.max(axis=1, keepdims=True), draw, -1).argmax(axis=1)

    def choose(self, cells: np.ndarray) -> np.ndarray:
        chance = self._random.random(len(cells)) < CURIOSITY
        return np.where(chance, self._random.integers(len(ACTIONS), size=len(cells)), self.best(cells))

    def learn(self, *steps: np.ndarray) -> None:
        self._memory = [np.concatenate(pair) for pair in zip(self._memory, steps, strict=True)]
        cell, action, reward, then, last = self._memory
        again = self._random.integers(len(cell), size=REPLAYED)
        future = np.where(last[again], 0, self._worth[then[again]].max(axis=1))
        # The game knows no chance: what was seen last is what holds.
        self._worth[cell[again], action[again]] = reward[again] + DISCOUNT * future


def cells_of(observations: np.ndarray) -> np.ndarray:
    """One number for x and y."""
    return observations[:, 2].astype(int) * WIDTH + observations[:, 1]


class Progress:
    """Prints how the latest episodes went."""

    def __init__(self, every: int) -> None:
        self._every = every
        self._start = time.monotonic()
        self._episodes: list[tuple[bool, int]] = []

    def ended(self, reached: bool, steps: int) -> None:
        self._episodes.append((reached, steps))

    def after(self, step: int) -> None:
        if step % self._every:
            return
        latest = self._episodes[-50:]
        rate = sum(reached for reached, _ in latest) / max(1, len(latest))
        mean = sum(steps for _, steps in latest) / max(1, len(latest))
        print(
            f"{time.monotonic() - self._start:5.0f} s  step {step:5}  episodes {len(self._episodes):5}  "
            f"of the latest {len(latest):2}: reached {rate:4.0%}, {mean:4.1f} steps",
            flush=True,
        )


def train(envs: gymnasium.vector.VectorEnv, table: Table, steps: int, every: int) -> None:
    progress = Progress(every)
    observations, _ = envs.reset()
    # A game whose episode is over is reset by its next step, which is none to learn from.
    over = np.zeros(envs.num_envs, bool)
    lengths = np.zeros(envs.num_envs, int)
    for step in range(1, steps + 1):
        cells = cells_of(observations)
        actions = table.choose(cells)
        observations, rewards, terminated, truncated, _ = envs.step(actions)
        played = ~over
        table.learn(
            cells[played], actions[played], rewards[played], cells_of(observations)[played], terminated[played]
        )
        lengths = np.where(over, 0, lengths + 1)
        over = terminated | truncated
        for game in np.flatnonzero(over):
            progress.ended(bool(terminated[game]), int(lengths[game]))
        progress.after(step)


def success(envs: gymnasium.vector.VectorEnv, choose) -> float:
    """How many of the games reach the tile in one episode each, when actions are chosen like this."""
    observations, _ = envs.reset()
    reached = np.zeros(envs.num_envs, bool)
    over = np.zeros(envs.num_envs, bool)
    while not over.all():
        observations, _, terminated, truncated, _ = envs.step(choose(cells_of(observations)))
        reached |= terminated & ~over
        over |= terminated | truncated
    return float(reached.mean())


def greedy_path(envs: gymnasium.vector.VectorEnv, table: Table) -> list[str]:
    """The buttons that the table presses from the start on, in the first game."""
    observations, _ = envs.reset()
    path: list[str] = []
    while True:
        actions = table.best(cells_of(observations))
        observations, _, terminated, truncated, _ = envs.step(actions)
        path.append(ACTIONS[actions[0]])
        if terminated[0] or truncated[0]:
            return path


def script(path: list[str]) -> str:
    """The path as a script that the gateway plays."""
    runs = [(button, len(list(same))) for button, same in itertools.groupby(path)]
    return " ".join(button if count == 1 else f"{button}*{count}" for button, count in runs)


def main() -> int:
    parser = argparse.ArgumentParser(description="Learns to walk to a tile.")
    parser.add_argument("url", nargs="?", default="127.0.0.1:8080", help="the gateway")
    parser.add_argument("--games", type=int, default=8)
    parser.add_argument("--steps", type=int, default=2_000, help="steps of each game")
    parser.add_argument("--goal", type=int, nargs=2, default=(22, 8), metavar=("X", "Y"))
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    random = np.random.default_rng(chosen.seed)
    envs = gymnasium.make_vec(
        "joywire/Overworld-v0",
        num_envs=chosen.games,
        url=chosen.url,
        goal=tuple(chosen.goal),
        max_steps=LONGEST,
    )
    try:
        chance = success(envs, lambda cells: random.integers(len(ACTIONS), size=len(cells)))
        table = Table(random)
        train(envs, table, chosen.steps, every=max(1, chosen.steps // 20))
        learned = success(envs, table.best)
        path = greedy_path(envs, table)
    finally:
        envs.close()
    print(f"reached by chance: {chance:.0%}, by what was learned: {learned:.0%}")
    print(f"the way in {len(path)} steps: {script(path)}")
    return 0 if learned == 1 and learned > chance else 1


if __name__ == "__main__":
    sys.exit(main())
