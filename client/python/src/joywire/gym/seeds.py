"""The random numbers of a vector environment: a generator for each game."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from gymnasium.utils import seeding

from ..errors import client_error


class Seeds:
    def __init__(self, count: int) -> None:
        self._planted: list[tuple[np.random.Generator, int] | None] = [None] * count

    def plant(self, seed: int | Sequence[int | None] | None, chosen: Sequence[int]) -> None:
        """Seeds the generators of these games anew; ``None`` leaves one as it is. Raises JoywireError ``invalid_argument``."""
        if seed is None:
            return
        count = len(self._planted)
        each = [seed + at for at in range(count)] if isinstance(seed, int) else list(seed)
        if len(each) != count:
            raise client_error(
                "invalid_argument", f"seed: got {len(each)} seeds; allowed: {count}, or one number"
            )
        for at in chosen:
            wanted = each[at]
            if wanted is not None:
                self._planted[at] = seeding.np_random(wanted)

    def generator(self, at: int) -> np.random.Generator:
        return self._of(at)[0]

    def seed(self, at: int) -> int:
        return self._of(at)[1]

    def _of(self, at: int) -> tuple[np.random.Generator, int]:
        planted = self._planted[at]
        if planted is None:
            planted = self._planted[at] = seeding.np_random()
        return planted
