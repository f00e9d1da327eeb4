"""The emulators of a gateway as something to acquire from: each one acquired is a session of its own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from .connecting import Connecting
from .errors import client_error
from .options import Options
from .pad import Pad

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .options import ConnectOptions


class Pool:
    """``async with Pool(url) as pool``, then ``async with pool.acquire() as pad`` as often as one likes."""

    def __init__(self, address: str, **options: Unpack[ConnectOptions]) -> None:
        """``options`` are for every session."""
        self._address = address
        self._options: dict[str, Any] = dict(options)
        self._acquired: set[Pad] = set()
        self._waiting: set[asyncio.Future[Pad]] = set()
        self._closed = False

    @property
    def acquired(self) -> int:
        """How many are acquired now."""
        return len(self._acquired)

    def acquire(self, **options: Unpack[ConnectOptions]) -> Acquiring:
        """Leases an emulator, in line behind whoever came first: ``await`` it and close the pad later, or use ``async with``.
        ``options`` go before those of the pool.

        Raises JoywireError as ``connect`` does; ``no_emulator`` when the time to wait is over, ``session_ended`` when the pool is
        closed.
        """
        return Acquiring(self, self._address, Options(**{**self._options, **options}))

    async def close(self) -> None:
        """Gives back everything acquired, after what it has under way; who waits in line is turned away."""
        self._closed = True
        for waiting in tuple(self._waiting):
            waiting.cancel()
        await asyncio.gather(*(pad.close() for pad in tuple(self._acquired)))

    async def __aenter__(self) -> Pool:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.close()

    async def _acquire(self, connecting: Connecting) -> Pad:
        ended = client_error("session_ended", "the pool has been closed")
        if self._closed:
            raise ended
        waiting = asyncio.ensure_future(_connected(connecting))
        self._waiting.add(waiting)
        try:
            pad = await waiting
        except asyncio.CancelledError:
            if self._closed and waiting.cancelled():
                raise ended from None
            waiting.cancel()
            raise
        finally:
            self._waiting.discard(waiting)
        self._acquired.add(pad)
        ending = asyncio.ensure_future(pad.wait_closed())
        ending.add_done_callback(lambda _: self._acquired.discard(pad))
        return pad


class Acquiring(Connecting):
    """A session to be had from a pool."""

    def __init__(self, pool: Pool, address: str, options: Options) -> None:
        super().__init__(address, options)
        self._pool = pool

    async def _begin(self) -> Pad:
        return await self._pool._acquire(Connecting(self._address, self._options))


async def _connected(connecting: Connecting) -> Pad:
    return await connecting
