"""One attempt to get a connection to a session: open the WebSocket, say hello, be welcomed or refused."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

from .answers import Answer, Event, Goaway, Pong, Refusal
from .connection import Connection, ConnectionEnd, Dial
from .errors import CLOSE_CODES, JoywireError, client_error, close_name
from .requests import hello
from .types import RequestError, Welcome

CONNECT_TIMEOUT_MS = 10_000
#: Between pings while a session waits for an emulator, before the gateway has named its own interval.
WAITING_KEEPALIVE_MS = 15_000

T = TypeVar("T")
#: Who takes the connection over: called at once, before the next message comes.
Welcomed: TypeAlias = Callable[[Connection, Welcome], T]


@dataclass(frozen=True, slots=True)
class Greeting:
    """Whom to call, and what to say."""

    dial: Dial
    hello: Mapping[str, Any]
    connect_timeout_ms: float = CONNECT_TIMEOUT_MS
    keepalive_ms: float | None = None
    on_waiting: Callable[[int], None] | None = None


@dataclass(frozen=True, slots=True)
class Reached(Generic[T]):
    value: T


@dataclass(frozen=True, slots=True)
class Failed:
    error: JoywireError
    may_reconnect: bool


def request_error(error: RequestError) -> JoywireError:
    """What the gateway refused, as an error with the gateway's code."""
    message = error.message if error.allowed is None else f"{error.message}; allowed: {error.allowed}"
    known = {
        "retryable": error.retryable,
        "seq": error.seq,
        "allowed": error.allowed,
        "retryInMs": error.retry_in_ms,
    }
    return JoywireError(
        error.code, message, {key: value for key, value in known.items() if value is not None}
    )


class Handshake(Generic[T]):
    """Tries once: ``result`` gets what ``welcomed`` gives, or why there is nothing. It never has an exception."""

    def __init__(self, greeting: Greeting, welcomed: Welcomed[T]) -> None:
        dial = greeting.dial
        self._greeting = greeting
        self._welcomed = welcomed
        self._refusal: RequestError | None = None
        self.result: asyncio.Future[Reached[T] | Failed] = dial.loop.create_future()
        self._connection = Connection(dial, self)
        timeout_ms = greeting.connect_timeout_ms
        self._stop_timer = dial.clock.after(timeout_ms, lambda: self._too_late(timeout_ms))

    def give_up(self, error: JoywireError) -> None:
        self._connection.close(CLOSE_CODES["normal"][0], error)

    # Called by the connection.

    def opened(self) -> None:
        self._connection.send(hello(self._greeting.hello))

    def message(self, message: Answer) -> None:
        if isinstance(message, Welcome):
            self._stop_timer()
            if self.result.cancelled():
                self._connection.close(CLOSE_CODES["normal"][0], client_error("session_ended"))
            else:
                self.result.set_result(Reached(self._welcomed(self._connection, message)))
        elif isinstance(message, Refusal):
            self._refusal = message.error
        elif isinstance(message, Event):
            self._waits(message)
        elif not isinstance(message, (Goaway, Pong)):
            self._connection.fault(f"the gateway sent {type(message).__name__} before its welcome")

    def closed(self, end: ConnectionEnd) -> None:
        self._stop_timer()
        error = self._error_of(end)
        retryable = self._refusal is None or self._refusal.retryable
        # A gateway that is slow now may be quick the next time.
        again = (end.may_reconnect and retryable) or error.code == "connect_timeout"
        if not self.result.done():
            self.result.set_result(Failed(error, again))

    def _waits(self, event: Event) -> None:
        """In line for an emulator: that may take its time, as long as the line is alive."""
        self._stop_timer()
        place = event.data.get("place")
        self._connection.keep_alive(self._greeting.keepalive_ms or WAITING_KEEPALIVE_MS)
        if event.name == "waiting" and isinstance(place, int) and self._greeting.on_waiting is not None:
            self._greeting.on_waiting(place)

    def _too_late(self, timeout_ms: float) -> None:
        url = self._greeting.dial.url
        message = f"{url} did not welcome the session within {round(timeout_ms)} ms"
        self.give_up(client_error("connect_timeout", message))

    def _error_of(self, end: ConnectionEnd) -> JoywireError:
        if isinstance(end.cause, JoywireError):
            return end.cause
        if self._refusal is not None:
            return request_error(self._refusal)
        why = end.reason or f"closed with {end.code}"
        name = close_name(end.code) or "connection_failed"
        return client_error(name, f"could not connect to {self._greeting.dial.url}: {why}", end.cause)
