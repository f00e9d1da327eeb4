"""A session's line to the gateway: one connection after the other. What is sent while there is none is dropped; whoever needs
it to arrive keeps it, and sends it again when the line is restored."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from .answers import Answer
from .backoff import OutageLimits
from .clock import Clock
from .codec import Message
from .connection import Connection, ConnectionEnd
from .errors import CLOSE_CODES, JoywireError
from .handshake import Failed, Handshake, Reached, Welcomed
from .outage import Outage
from .requests import bye
from .types import Welcome

#: What to say to get the session back; None for a watcher, which has none.
Resume: TypeAlias = Mapping[str, Any] | None
#: Opens another connection for the session; who is handed in gets it at once.
Redial: TypeAlias = Callable[[Resume, Welcomed[None]], Handshake[None]]


@dataclass(frozen=True, slots=True)
class LineOptions:
    loop: asyncio.AbstractEventLoop
    clock: Clock
    keepalive_ms: float
    redial: Redial
    #: None: the first connection is the only one.
    outage: OutageLimits | None


class LineEvents(Protocol):
    """Who uses a line. ``ended`` comes once and last."""

    def message(self, message: Answer) -> None: ...

    def resume(self) -> Resume: ...

    def wanted(self) -> bool:
        """Whether it is worth another connection."""

    def reconnecting(self, attempt: int, since_ms: float, reason: str) -> None:
        """Attempt number ``attempt`` (from 1) to get another connection is next."""

    def restored(self, welcome: Welcome) -> None:
        """There is another connection, which knows of nothing that was under way."""

    def ended(self, end: ConnectionEnd) -> None: ...


class Line:
    def __init__(self, connection: Connection, options: LineOptions, events: LineEvents) -> None:
        self._options = options
        self._events = events
        self._outage: Outage | None = None
        self._handshake: Handshake[None] | None = None
        self._tasks: set[asyncio.Future[None]] = set()
        self._stopped = False
        #: What the gateway asked for in its latest goaway.
        self._not_before_ms = 0.0
        #: An attempt of ours failed and may still arrive: it would take the session over from the next one.
        self._stray = False
        self._since_ms = 0.0
        self._reason = ""
        self._adopt(connection)

    @property
    def down(self) -> bool:
        """Whether there is no connection now, and another one is being tried."""
        return self._outage is not None

    @property
    def resumes(self) -> bool:
        """Whether a broken connection is followed by another."""
        return self._options.outage is not None

    def send(self, message: Message, max_bytes: int | None = None) -> bool:
        """False when the message is larger than ``max_bytes``: then nothing was sent."""
        return self._connection.send(message, max_bytes)

    def fault(self, message: str) -> None:
        """The other side breaks the protocol: nothing more of it is believed."""
        self._connection.fault(message)

    def not_before(self, ms: float) -> None:
        """The gateway is about to close and asked not to come back sooner."""
        self._not_before_ms = ms

    def stop(self) -> None:
        """No further attempt is made."""
        self._stopped = True
        if self._outage is not None:
            self._outage.stop()
            self._outage = None
        if self._handshake is not None:
            self._handshake.give_up(
                JoywireError("session_ended", "the session ended while it was being resumed")
            )
            self._handshake = None

    # Called by the connection.

    def opened(self) -> None:
        """It was open before it came here."""

    def message(self, message: Answer) -> None:
        self._events.message(message)

    def closed(self, end: ConnectionEnd) -> None:
        limits = self._options.outage
        ours = end.code == CLOSE_CODES["taken_over"][0] and self._stray
        if limits is None or not (end.may_reconnect or ours) or not self._events.wanted():
            self._events.ended(end)
            return
        if ours:
            self._stray = False
        self._reconnect(limits, end.reason or f"closed with {end.code}")

    # Called by the outage.

    def attempt(self, number: int) -> None:
        self._events.reconnecting(number, self._since_ms, self._reason)

    async def redial(self) -> Failed | None:
        self._handshake = self._options.redial(self._events.resume(), self._welcomed)
        result = await self._handshake.result
        if isinstance(result, Reached):
            return None
        self._stray = True
        return result

    def given_up(self, error: JoywireError) -> None:
        self._outage = None
        cause = error.__cause__
        refused = isinstance(cause, JoywireError) and cause.code == "resume_refused"
        # A new session may well be had, where the old one cannot.
        again = refused or error.code == "connection_lost"
        self._events.ended(ConnectionEnd(1006, error.message, again, error))

    def _adopt(self, connection: Connection) -> None:
        self._connection = connection
        connection.hand_over(self)
        connection.keep_alive(self._options.keepalive_ms)

    def _reconnect(self, limits: OutageLimits, reason: str) -> None:
        clock = self._options.clock
        self._since_ms = clock.now_ms()
        self._reason = reason
        self._outage = Outage(clock, limits, self._not_before_ms, self._spawn, self)
        self._not_before_ms = 0.0
        self._outage.start()

    def _welcomed(self, connection: Connection, welcome: Welcome) -> None:
        self._handshake = None
        if self._stopped:
            # Given up while the welcome was on its way.
            connection.send(bye(discard=True))
            return
        if self._outage is not None:
            self._outage.stop()
            self._outage = None
        self._adopt(connection)
        self._events.restored(welcome)

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
