"""One WebSocket: messages in and out, keepalive, and its end. Knows nothing of entries, calls and channels."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from typing import Protocol

from .answers import Answer, read_answer
from .clock import Clock
from .codec import Codec, Message
from .errors import CLOSE_CODES, JoywireError, client_error, may_reconnect
from .keepalive import Keepalive
from .requests import ping
from .socket import Socket, SocketClose


@dataclass(frozen=True, slots=True)
class ConnectionEnd:
    """How a connection ended."""

    #: Close code; 1006 when the line broke without one.
    code: int
    reason: str
    #: Whether connecting again can make sense.
    may_reconnect: bool
    #: Why this side ended it, if it did so by itself; or what the system says about a failed opening.
    cause: BaseException | None = None


class ConnectionEvents(Protocol):
    """Who uses a connection. ``closed`` comes once and last."""

    def opened(self) -> None: ...

    def message(self, message: Answer) -> None: ...

    def closed(self, end: ConnectionEnd) -> None: ...


@dataclass(frozen=True, slots=True)
class Dial:
    """What is needed to open connections."""

    url: str
    codec: Codec
    loop: asyncio.AbstractEventLoop
    clock: Clock
    tls: ssl.SSLContext | None
    compression: bool = False


class Connection:
    def __init__(self, dial: Dial, events: ConnectionEvents) -> None:
        self._codec = dial.codec
        self._loop = dial.loop
        self._clock = dial.clock
        self._events = events
        self._open = False
        #: After the end nothing goes out or is listened to, though the closing handshake may still be under way.
        self._over = False
        self._outbox: list[bytes] = []
        self._keepalive: Keepalive | None = None
        self._socket = Socket(dial.url, dial.codec.subprotocol, self, dial.loop, dial.tls, dial.compression)

    def hand_over(self, events: ConnectionEvents) -> None:
        """Hands the connection to another user; nothing is lost when it happens inside of a callback."""
        self._events = events

    def keep_alive(self, interval_ms: float) -> None:
        """Starts pinging; something must come back within one interval."""
        if self._keepalive is not None:
            self._keepalive.stop()
        if not self._over:
            self._keepalive = Keepalive(self._clock, interval_ms, self._ping, self._lost)

    def send(self, message: Message, max_bytes: int | None = None) -> bool:
        """Sends a message with everything else of this turn of the loop in one write. False when it is larger than
        ``max_bytes``: then nothing was sent. On a connection that is not open it is dropped, as what is under way at a break is.
        """
        data = self._codec.encode(message)
        if max_bytes is not None and len(data) > max_bytes:
            return False
        if self._open:
            if not self._outbox:
                self._loop.call_soon(self._flush)
            self._outbox.append(data)
        return True

    def close(self, code: int, error: JoywireError) -> None:
        """Ends the connection for ``error``'s sake, after what has been sent so far; it counts as closed at once."""
        if self._over:
            return
        self._flush()
        # What the socket says of its end after this is no news.
        self._ended(ConnectionEnd(code, error.message, False, error))
        # A close frame carries at most 123 bytes of reason (RFC 6455 section 5.5).
        self._socket.close(code, error.message.encode()[:120].decode(errors="ignore"))

    def fault(self, message: str) -> None:
        """The other side breaks the protocol: nothing more of it is believed."""
        self.close(CLOSE_CODES["invalid_payload"][0], client_error("protocol_error", message))

    # Called by the socket.

    def opened(self) -> None:
        if not self._over:
            self._open = True
            self._events.opened()

    def message(self, data: bytes) -> None:
        if self._over:
            return
        if self._keepalive is not None:
            self._keepalive.heard = True
        try:
            answer = read_answer(self._codec.decode(data), self._codec)
        except JoywireError as error:
            self.fault(f"the gateway sent what is no message: {error.message}")
            return
        # An unknown kind of message is newer than this client; version 1 grows by them.
        if answer is not None:
            self._events.message(answer)

    def closed(self, close: SocketClose) -> None:
        again = may_reconnect(close.code) if close.may_reconnect is None else close.may_reconnect
        self._ended(ConnectionEnd(close.code, close.reason, again, close.cause))

    def _ping(self, n: int) -> None:
        self.send(ping(n))

    def _flush(self) -> None:
        outbox = self._outbox
        if not outbox or not self._open:
            return
        self._outbox = []
        self._socket.send(outbox, self._codec.text)

    def _lost(self, silent_ms: float) -> None:
        self._socket.terminate()
        reason = f"nothing came from the gateway for {round(silent_ms)} ms"
        self._ended(ConnectionEnd(CLOSE_CODES["keepalive_timeout"][0], reason, True))

    def _ended(self, end: ConnectionEnd) -> None:
        if self._over:
            return
        self._over = True
        self._open = False
        self._outbox = []
        if self._keepalive is not None:
            self._keepalive.stop()
        self._events.closed(end)
