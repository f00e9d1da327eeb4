"""One WebSocket in asyncio, over the sans-I/O protocol of the package ``websockets``: no task and no queue stand between the
bytes and who uses them, and all that is sent in one turn of the loop leaves in one write."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, cast

from websockets.client import ClientProtocol
from websockets.exceptions import InvalidStatus
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import State
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

#: Largest message from a gateway: a state to be downloaded has a few hundred kB.
MAX_MESSAGE_BYTES = 2**26
#: How long the other side may take for the closing handshake.
CLOSE_TIMEOUT_S = 5.0
#: Most characters of an HTTP refusal that are worth showing.
MAX_REFUSAL = 500
ABNORMAL = 1006


@dataclass(frozen=True, slots=True)
class SocketClose:
    """How a WebSocket ended, or why it never opened."""

    #: 1006 when no close frame came.
    code: int
    reason: str
    #: Overrides what the code says, where more is known: an HTTP answer instead of an upgrade.
    may_reconnect: bool | None = None
    cause: BaseException | None = None


class SocketEvents(Protocol):
    """Who uses a socket. ``closed`` comes once and last."""

    def opened(self) -> None: ...

    def message(self, data: bytes) -> None: ...

    def closed(self, close: SocketClose) -> None: ...


class Socket(asyncio.Protocol):
    """Opens a WebSocket to a ``ws`` or ``wss`` URL, offering one subprotocol."""

    def __init__(
        self,
        url: str,
        subprotocol: str,
        events: SocketEvents,
        loop: asyncio.AbstractEventLoop,
        tls: ssl.SSLContext | None,
        compression: bool,
    ) -> None:
        self._events = events
        self._loop = loop
        self._uri = parse_uri(url)
        self._protocol = ClientProtocol(
            self._uri,
            subprotocols=[cast(Subprotocol, subprotocol)],
            extensions=[_deflate()] if compression else None,
            max_size=MAX_MESSAGE_BYTES,
        )
        self._transport: asyncio.Transport | None = None
        self._fragments: bytearray | None = None
        self._silent = False
        self._over = False
        self._deadline: asyncio.TimerHandle | None = None
        context = (tls or ssl.create_default_context()) if self._uri.secure else None
        self._opening = loop.create_task(self._open(context))

    def send(self, messages: Iterable[bytes], text: bool) -> None:
        """Sends messages in one write; none once the other side has begun to close."""
        protocol = self._protocol
        if protocol.state is not State.OPEN:
            return
        if text:
            for data in messages:
                protocol.send_text(data)
        else:
            for data in messages:
                protocol.send_binary(data)
        self._write()

    def close(self, code: int, reason: str) -> None:
        """Starts the closing handshake; ``closed`` follows."""
        if self._transport is None:
            self._opening.cancel()
            self._closed(SocketClose(ABNORMAL, reason))
            return
        self._protocol.fail(code, reason)
        self._write()
        self._expect_close()

    def terminate(self) -> None:
        """Gives the line up without a handshake; nothing is reported afterwards."""
        self._silent = True
        self._opening.cancel()
        if self._transport is not None:
            self._transport.abort()

    # Called by the event loop.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        if self._silent or self._over:
            self._transport.abort()
            return
        self._protocol.send_request(self._protocol.connect())
        self._write()

    def data_received(self, data: bytes) -> None:
        protocol = self._protocol
        protocol.receive_data(data)
        if protocol.writes:
            self._write()
        for event in protocol.events_received():
            if isinstance(event, Frame):
                self._frame(event)
            elif isinstance(event, Response) and protocol.handshake_exc is None:
                self._events.opened()
        if protocol.close_expected():
            self._expect_close()

    def eof_received(self) -> None:
        self._protocol.receive_eof()
        self._write()

    def connection_lost(self, error: Exception | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        protocol = self._protocol
        protocol.receive_eof()
        refused = protocol.handshake_exc
        if isinstance(refused, InvalidStatus):
            self._closed(_refusal(refused.response, refused))
        elif protocol.close_rcvd is not None and error is None:
            self._closed(SocketClose(protocol.close_rcvd.code, protocol.close_rcvd.reason))
        else:
            cause = refused or error or protocol.parser_exc
            self._closed(SocketClose(ABNORMAL, _text(cause) if refused or error else "", None, cause))

    def _frame(self, frame: Frame) -> None:
        opcode = frame.opcode
        if opcode is Opcode.BINARY or opcode is Opcode.TEXT:
            if frame.fin:
                self._events.message(bytes(frame.data))
            else:
                self._fragments = bytearray(frame.data)
        elif opcode is Opcode.CONT and self._fragments is not None:
            self._fragments += frame.data
            if frame.fin:
                whole, self._fragments = bytes(self._fragments), None
                self._events.message(whole)

    def _write(self) -> None:
        transport = self._transport
        pieces = self._protocol.data_to_send()
        if transport is None or transport.is_closing() or not pieces:
            return
        # An empty piece is the end of what is sent.
        ends = pieces[-1] == b""
        data = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        if data:
            transport.write(data)
        if not ends:
            return
        if transport.can_write_eof():
            transport.write_eof()
        else:
            transport.close()

    def _expect_close(self) -> None:
        transport = self._transport
        if self._deadline is None and transport is not None:
            self._deadline = self._loop.call_later(CLOSE_TIMEOUT_S, transport.abort)

    def _closed(self, close: SocketClose) -> None:
        if self._over:
            return
        self._over = True
        if not self._silent:
            self._events.closed(close)

    async def _open(self, context: ssl.SSLContext | None) -> None:
        uri = self._uri
        try:
            await self._loop.create_connection(lambda: self, uri.host, uri.port, ssl=context)
        except OSError as error:
            self._closed(SocketClose(ABNORMAL, _text(error), True, error))


def _deflate() -> ClientPerMessageDeflateFactory:
    """Each message by itself, so that nothing of what went before is kept."""
    return ClientPerMessageDeflateFactory(server_no_context_takeover=True, client_no_context_takeover=True)


def _refusal(response: Response, cause: Exception) -> SocketClose:
    """An HTTP answer instead of the upgrade: its status and the first words of its body."""
    status = response.status_code
    body = bytes(response.body or b"").decode(errors="replace")[:MAX_REFUSAL].strip()
    reason = f"HTTP {status} {response.reason_phrase}: {body}"
    return SocketClose(ABNORMAL, reason, status >= 500 or status == 429, cause)


def _text(error: BaseException | None) -> str:
    return "" if error is None else str(error) or type(error).__name__
