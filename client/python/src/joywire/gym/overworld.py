"""The game that ships as a task: walk to a tile. roms/README.md has its map and its memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import client_error
from .env import JoywireEnv
from .memory import GameMemory
from .task import EnvOptions, Judge
from .vector import JoywireVectorEnv

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typing_extensions import Unpack

#: Mode, x, y, facing.
MODE = 0xC010
X, Y = 0xC011, 0xC012
MEMORY = ((MODE, 4),)
#: Cells of the map.
WIDTH, HEIGHT = 48, 40
#: Between the house and the pond, 14 steps from where the game begins.
GOAL = (22, 8)
STEP_COST = 0.01


def overworld(url: str, *, goal: tuple[int, int] = GOAL, **options: Unpack[EnvOptions]) -> JoywireEnv:
    """``joywire/Overworld-v0``: the player walks, one cell a step of 16 frames, and sees mode, x, y and facing. An episode ends at
    ``goal``, which gives 1; every step costs 0.01; it is truncated after 200. ``options`` replace what is decided here."""
    return JoywireEnv(url, **_task(goal, options))


def overworld_vector(
    url: str | Sequence[str],
    num_envs: int = 1,
    *,
    goal: tuple[int, int] = GOAL,
    **options: Any,
) -> JoywireVectorEnv:
    """The same for several games; ``options`` are those of :class:`joywire.gym.JoywireVectorEnv`."""
    return JoywireVectorEnv(url, num_envs, **_task(goal, options))


def _task(goal: tuple[int, int], options: Any) -> Any:
    x, y = goal
    if not (0 <= x < WIDTH and 0 <= y < HEIGHT):
        raise client_error(
            "invalid_argument",
            f"goal: got {goal!r}; allowed: (x, y) from (0, 0) to {(WIDTH - 1, HEIGHT - 1)}",
        )
    chosen: EnvOptions = {
        "actions": ("UP", "DOWN", "LEFT", "RIGHT"),
        "hold": 8,
        "gap": 8,
        "observation": "memory",
        "memory": MEMORY,
        "start": "W:60 START W:60",
        "terminated": _reached(x, y),
        "reward": _reward(x, y),
        "max_steps": 200,
    }
    if options.get("state") is not None:
        chosen["start"] = ""
    return {**chosen, **options}


def _reached(x: int, y: int) -> Judge:
    def terminated(_: GameMemory, now: GameMemory) -> bool:
        return now[X] == x and now[Y] == y

    return terminated


def _reward(x: int, y: int) -> Judge:
    def reward(_: GameMemory, now: GameMemory) -> float:
        return (1.0 if now[X] == x and now[Y] == y else 0.0) - STEP_COST

    return reward
