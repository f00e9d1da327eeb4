"""What is seen after a step: from an outcome to the observation of the agent, and the space that describes it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from gymnasium import spaces

from ..errors import client_error
from ..results import HEIGHT, WIDTH
from ..types import Outcome
from .memory import GameMemory, places_of
from .pixels import Pixels, brightness, halve, read_pixels
from .task import Task


class Sight(NamedTuple):
    """What the gateway read on the last frame of a step."""

    memory: GameMemory
    #: 160 x 144 pixels of RGB.
    screen: bytes | None
    hash: str | None


class Eye:
    """Reads outcomes, and shows the agent what its task lets it see."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._places = places_of(task.memory)
        self._bytes = sum(length for _, length in task.memory)

    def space(self) -> spaces.Space[Any]:
        """Of one observation."""
        task = self._task
        size = (HEIGHT // task.scale, WIDTH // task.scale)
        screen = spaces.Box(0, 255, size if task.grayscale else (*size, 3), np.uint8)
        if not task.sees_memory:
            return screen
        memory = spaces.Box(0, 255, (self._bytes,), np.uint8)
        return spaces.Dict({"memory": memory, "screen": screen}) if task.sees_screen else memory

    def read(self, outcome: Outcome) -> Sight:
        """Raises JoywireError ``unsupported`` where memory cannot be read."""
        seen = outcome.observed
        ranges = seen.memory or ()
        data = ranges[0] if len(ranges) == 1 else b"".join(ranges)
        if len(data) != self._bytes:
            why = None if outcome.detail is None else outcome.detail.message
            raise client_error("unsupported", why or "the emulator did not read the memory asked for")
        return Sight(GameMemory(data, self._places), seen.screen, seen.hash)

    def show(self, sight: Sight) -> Any:
        """The observation, in arrays of its own."""
        task = self._task
        if not task.sees_memory:
            return self._pixels(sight).copy()
        memory = np.frombuffer(sight.memory.data, np.uint8).copy()
        return {"memory": memory, "screen": self._pixels(sight).copy()} if task.sees_screen else memory

    def write(self, sight: Sight, into: Any, at: int) -> None:
        """Puts the observation among those of other games."""
        task = self._task
        if not task.sees_memory:
            into[at] = self._pixels(sight)
        elif task.sees_screen:
            into["memory"][at] = np.frombuffer(sight.memory.data, np.uint8)
            into["screen"][at] = self._pixels(sight)
        else:
            into[at] = np.frombuffer(sight.memory.data, np.uint8)

    def _pixels(self, sight: Sight) -> Pixels:
        assert sight.screen is not None
        pixels = read_pixels(sight.screen)
        if self._task.scale == 2:
            pixels = halve(pixels)
        return brightness(pixels) if self._task.grayscale else pixels
