"""Time and chance, handed in so that tests can move them by hand."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Protocol


class Clock(Protocol):
    def now_ms(self) -> float:
        """Ms since some moment; goes on while the machine sleeps, where the system can say so."""

    def after(self, delay_ms: float, action: Callable[[], None]) -> Callable[[], None]:
        """Calls ``action`` once, unless the returned function is called before."""

    def random(self) -> float:
        """From 0 up to, not including, 1."""


class LoopClock:
    """The clock of the running event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def now_ms(self) -> float:
        return self._loop.time() * 1000

    def after(self, delay_ms: float, action: Callable[[], None]) -> Callable[[], None]:
        return self._loop.call_later(delay_ms / 1000, action).cancel

    def random(self) -> float:
        return random.random()
