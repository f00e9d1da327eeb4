"""Calls under way: call id -> future, each settled once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from .errors import JoywireError, copy_of


class Calls:
    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._new_future = loop.create_future
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._last_id = 0
        self._ended: JoywireError | None = None

    def start(self, send: Callable[[int], None]) -> asyncio.Future[Any]:
        """Opens a call; ``send`` gets its id and sends it, now or in its turn."""
        future: asyncio.Future[Any] = self._new_future()
        if self._ended is not None:
            _fail(future, self._ended)
            return future
        self._last_id += 1
        self._waiting[self._last_id] = future
        send(self._last_id)
        return future

    def awaited(self, call_id: int) -> bool:
        """Whether somebody still waits for it."""
        future = self._waiting.get(call_id)
        return future is not None and not future.cancelled()

    def result(self, call_id: int, value: Any) -> None:
        future = self._waiting.pop(call_id, None)
        if future is not None and not future.done():
            future.set_result(value)

    def failed(self, call_id: int, error: JoywireError) -> None:
        future = self._waiting.pop(call_id, None)
        if future is not None:
            _fail(future, error)

    def end(self, error: JoywireError, later: JoywireError) -> None:
        self._ended = self._ended or later
        left = list(self._waiting.values())
        self._waiting.clear()
        for future in left:
            _fail(future, error)


def _fail(future: asyncio.Future[Any], error: JoywireError) -> None:
    if not future.done():
        future.set_exception(copy_of(error))
        # A call nobody waits for is no fault of the program.
        future.exception()
