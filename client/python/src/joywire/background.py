"""The event loop of a thread in the background, in which sessions of the synchronous face live."""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import threading
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from .errors import client_error

T = TypeVar("T")


class Background:
    """One thread with one loop; it ends with the process."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="joywire", daemon=True)
        self._thread.start()

    @property
    def runs(self) -> bool:
        """Whether its thread is there: a fork leaves it behind."""
        return self._thread.is_alive()

    def start(self, begin: Callable[[], Awaitable[T]]) -> concurrent.futures.Future[T]:
        """Calls ``begin`` in the loop, in the order of the calls of this thread. Cancelling what is returned, before it has begun,
        keeps it from beginning."""
        return _Task(self, begin).result

    def wait(self, begin: Callable[[], Awaitable[T]]) -> T:
        """What ``begin`` gives, once it is there. An interrupt cancels it."""
        if threading.current_thread() is self._thread:
            raise client_error(
                "invalid_argument",
                "a synchronous call from a listener would wait for itself; use the form with _nowait there",
            )
        task = _Task(self, begin)
        try:
            return task.result.result()
        except KeyboardInterrupt:
            self.loop.call_soon_threadsafe(task.cancel)
            raise

    def do(self, action: Callable[[], T]) -> T:
        """Runs ``action`` in the loop and gives what it returns."""

        async def run() -> T:
            return action()

        return self.wait(run)


class _Task(Generic[T]):
    """Something that runs in the loop, and the future of another thread that gets what comes of it."""

    def __init__(self, home: Background, begin: Callable[[], Awaitable[T]]) -> None:
        self.result: concurrent.futures.Future[T] = concurrent.futures.Future()
        self._begin = begin
        self._begun: asyncio.Future[T] | None = None
        home.loop.call_soon_threadsafe(self._run)

    def cancel(self) -> None:
        if self._begun is not None:
            self._begun.cancel()

    def _run(self) -> None:
        if not self.result.set_running_or_notify_cancel():
            return
        try:
            self._begun = asyncio.ensure_future(self._begin())
        except Exception as error:
            self.result.set_exception(error)
            return
        self._begun.add_done_callback(self._done)

    def _done(self, begun: asyncio.Future[T]) -> None:
        if begun.cancelled():
            self.result.set_exception(concurrent.futures.CancelledError())
            return
        error = begun.exception()
        if error is None:
            self.result.set_result(begun.result())
        else:
            self.result.set_exception(error)


_lock = threading.Lock()
_running: tuple[int, Background] | None = None


def background() -> Background:
    """The one of this process; a process that was forked gets one of its own."""
    global _running
    with _lock:
        if _running is None or _running[0] != os.getpid():
            _running = (os.getpid(), Background())
        return _running[1]
