"""A stream of payloads: an async iterator that keeps only the newest, or the newest few."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, Generic, TypeAlias, TypeVar

from .errors import JoywireError, copy_of

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Skip(Exception):
    """What a reader raises for a payload that is nothing to hand on."""


class Last(Exception):
    """What a reader raises for a payload that says that no more come."""


#: Turns a payload into what is handed on. Called once for each payload, in order.
Read: TypeAlias = Callable[[Any], T_co]


class Subscription(Generic[T]):
    """Payloads for one reader: ``async for payload in subscription``.

    A reader slower than the stream gets the newest (of sound and events the newest few) and sees in ``missed`` how many it did not
    get. It goes on when the connection breaks and the session is resumed. It raises JoywireError when the gateway refuses it or the
    session ends, after the last payload that came. Leaving the loop does not end it: use ``async with`` or ``close()``.
    """

    def __init__(self, read: Read[T], unsubscribe: Callable[[], None], most: int = 1) -> None:
        self._read = read
        self._unsubscribe = unsubscribe
        self._kept: deque[tuple[int, T]] = deque(maxlen=most)
        self._delivered_n: int | None = None
        self._waiters: deque[asyncio.Future[None]] = deque()
        self._over = False
        self._error: JoywireError | None = None
        #: How many payloads between the latest two handed over were replaced by newer ones.
        self.missed = 0

    def __aiter__(self) -> Subscription[T]:
        return self

    async def __anext__(self) -> T:
        while not self._kept:
            if self._over:
                error, self._error = self._error, None
                if error is not None:
                    raise copy_of(error)
                raise StopAsyncIteration
            waiter = asyncio.get_running_loop().create_future()
            self._waiters.append(waiter)
            try:
                await waiter
            finally:
                if waiter in self._waiters:
                    self._waiters.remove(waiter)
        n, payload = self._kept.popleft()
        self.missed = 0 if self._delivered_n is None else max(0, n - self._delivered_n - 1)
        self._delivered_n = n
        return payload

    async def next(self) -> T:
        """The next payload. Raises StopAsyncIteration when there is none any more."""
        return await self.__anext__()

    def close(self) -> None:
        """Ends the subscription; safe to call again."""
        if not self._over:
            self._unsubscribe()
        self._kept.clear()
        self.end(None)
        self._error = None

    async def aclose(self) -> None:
        self.close()

    async def __aenter__(self) -> Subscription[T]:
        return self

    async def __aexit__(self, *exception: object) -> None:
        self.close()

    # Called by who feeds it.

    def push(self, n: int, payload: Any) -> None:
        """A payload arrived; one that cannot be read ends the stream with the reader's error."""
        if self._over:
            return
        try:
            value = self._read(payload)
        except Skip:
            return
        except Last:
            self._unsubscribe()
            self.end(None)
            return
        except JoywireError as error:
            self._unsubscribe()
            self.end(error)
            return
        self._kept.append((n, value))
        self._wake()

    def restarted(self) -> None:
        """The gateway counts from 1 again: what was missed in between nobody knows."""
        self._delivered_n = None

    def end(self, error: JoywireError | None) -> None:
        """Nothing more comes."""
        if self._over:
            return
        self._over = True
        self._error = error
        self._wake()

    def _wake(self) -> None:
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(None)
                if not self._over:
                    return
