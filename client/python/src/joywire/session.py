"""What goes on inside of a session: who gets each message of the gateway, and how all of it ends."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from .answers import Ack, Answer, Credit, Event, Goaway, Push, Refusal, Result
from .asides import Asides
from .calls import Calls
from .channels import Channels
from .codec import Message
from .connection import Connection, ConnectionEnd
from .control import Control
from .entries import Entries
from .errors import CLIENT_ERRORS, CLOSE_CODES, JoywireError, client_error
from .handshake import request_error
from .line import Line, LineOptions, Resume
from .listeners import Listeners
from .macros import Definition, Macros
from .receipts import Receipts
from .requests import FLUSH_MESSAGE, bye, call, received
from .resend import RESENT_CODES
from .types import OnFailure, Params, RequestError, Welcome


@dataclass(frozen=True, slots=True)
class Open:
    status: Literal["open"] = "open"


@dataclass(frozen=True, slots=True)
class Reconnecting:
    """The connection broke and the session is being resumed; everything may be called as ever and waits."""

    #: The attempt that is being made or waited for, from 1.
    attempt: int
    #: When the connection broke, on the clock of ``time.time()``, in ms.
    since_ms: float
    #: Why it broke.
    reason: str
    status: Literal["reconnecting"] = "reconnecting"


@dataclass(frozen=True, slots=True)
class Closing:
    """Nothing more is taken; what was taken runs out, also over a break."""

    status: Literal["closing"] = "closing"


@dataclass(frozen=True, slots=True)
class Closed:
    #: Close code; 1006 when the line broke without one.
    code: int
    reason: str
    #: Whether connecting again can make sense.
    may_reconnect: bool
    status: Literal["closed"] = "closed"


State: TypeAlias = Open | Reconnecting | Closing | Closed

#: How the session is to end, once somebody has asked for it. ``settling``: once everything has its outcome; ``bye``: it has, and bye
#: is on its way; ``abandoning``: nobody waits for anything any more.
_Leave: TypeAlias = Literal["staying", "settling", "bye", "discarding", "abandoning"]


class Session:
    def __init__(
        self,
        connection: Connection,
        welcome: Welcome,
        on_failure: OnFailure,
        options: LineOptions,
        received_through: int | None = None,
    ) -> None:
        """``received_through``: of a session that was begun elsewhere, the seq up to which its outcomes are known."""
        acked_through = welcome.acked_through if received_through is None else received_through
        loop = options.loop
        # A watcher has nothing to resume: it says hello again.
        self._identity = None if welcome.emulator is None else (welcome.session, welcome.secret)
        self._max_bytes = welcome.limits.max_message_bytes
        self._calls = Calls(loop)
        self.clock = options.clock
        self._asides = Asides()
        self._leave: _Leave = "staying"
        self.state: State = Open()
        self.listeners = Listeners(loop)
        #: Done once the session has ended.
        self.closed: asyncio.Future[None] = loop.create_future()
        self.control = Control(
            welcome.controller,
            lambda change: self.listeners.emit("control", change),
            lambda request: self.listeners.emit("control_requested", request),
        )
        self._receipts = Receipts(options.clock, acked_through, lambda seq: self._line.send(received(seq)))
        self._line = Line(connection, options, self)
        self.entries = Entries(welcome, acked_through, on_failure, self._line.send, loop, options.clock)
        self.channels = Channels(self._line.send)
        self.macros = Macros(welcome.limits)

    def send(self, message: Message) -> None:
        """Sends a message about the entries called before, at once; again after a break, if it may not have arrived."""
        if not self.entries.settled:
            self._asides.add(message, self.entries.next_seq)
        self._line.send(message)

    def define(self, definition: Definition) -> None:
        """Sends a definition; again on every further connection, before any entry."""
        self.macros.sent(definition)
        self._line.send(definition.message)

    def call(self, method: str, params: Params) -> asyncio.Future[Any]:
        """Makes a call: at once with ``now``, else in its place behind the entries called before."""

        def start(call_id: int) -> None:
            if params.get("now") is True:
                self._send_call(call_id, method, params)
            else:
                self.entries.in_order(lambda: self._send_call(call_id, method, params))

        return self._calls.start(start)

    def bye(self, discard: bool) -> None:
        """Takes no more entries, and leaves once what was taken has run out, or with ``discard`` at once."""
        if self.state.status == "closed" or self._leave == "abandoning":
            return
        self.entries.stop_taking(client_error("session_ended"))
        if discard:
            self._discard()
        elif self._leave == "staying":
            self.entries.in_order(self._settle)
        self._closing()

    def abandon(self, error: JoywireError) -> None:
        """Ends the session for ``error``'s sake: whatever waits gets it, and nothing that is queued is to run."""
        if self.state.status == "closed":
            return
        self._end_all(error, error)
        self._leave = "abandoning"
        if self._line.down:
            self._over(Closed(1006, error.message, True), error, error)
            return
        self._line.send(bye(discard=True))
        self._closing()

    # Called by the line.

    def message(self, message: Answer) -> None:
        kind = type(message)
        if kind is Ack:
            self._acked(message)  # type: ignore[arg-type]
        elif isinstance(message, Result):
            self._asides.answered(message.id)
            self._calls.result(message.id, message.value)
        elif isinstance(message, Push):
            self.channels.push(message.id, message.n, message.payload)
        elif isinstance(message, Refusal):
            self._refused(message.call_id, message.error)
        elif isinstance(message, Credit):
            self.entries.set_credit(message.limit)
        elif isinstance(message, Event):
            self.listeners.emit("event", message)
            self.control.event(message.name, message.data)
        elif isinstance(message, Goaway):
            self._line.not_before(message.reconnect_in_ms)
            self.listeners.emit("goaway", message)
        elif isinstance(message, Welcome):
            self._line.fault("the gateway sent a second welcome")

    def resume(self) -> Resume:
        if self._identity is None:
            return None
        session, secret = self._identity
        return {"session": session, "secret": secret, "received": self.entries.acked_through}

    def wanted(self) -> bool:
        return self._leave != "abandoning"

    def reconnecting(self, attempt: int, since_ms: float, reason: str) -> None:
        self._receipts.stop()
        if self.state.status in ("open", "reconnecting"):
            self._set_state(Reconnecting(attempt, since_ms, reason))

    def restored(self, welcome: Welcome) -> None:
        """What did not arrive goes again, in its first order, before anything new."""
        entries = self.entries
        acked, own, given = entries.acked_through, entries.next_seq, welcome.next_seq
        if self._identity is not None and (not welcome.resumed or not acked < given <= own):
            self._line.fault(f"the gateway resumed at seq {given}; expected {acked + 1} to {own}")
            return
        self._receipts.told(acked)
        for message in self.macros.again():
            self._line.send(message)
        replay = self._asides.replay(entries.unacked(), given)
        for message in replay.messages:
            self._line.send(message)
        for call_id in replay.lost:
            self._asides.answered(call_id)
            self._calls.failed(call_id, client_error("call_lost"))
        self.channels.renew()
        entries.resent()
        entries.set_credit(welcome.credit)
        if self._leave == "discarding":
            self._line.send(bye(discard=True))
        elif self._leave == "bye":
            self._leave = "settling"
        self._bye_if_settled()
        if self.state.status == "reconnecting":
            self._set_state(Open())
        self.control.welcomed(welcome.controller)

    def ended(self, end: ConnectionEnd) -> None:
        cause = end.cause
        if self._said_farewell(end):
            self._over(Closed(1000, end.reason, False), client_error("session_ended"))
            return
        error = cause if isinstance(cause, JoywireError) else _connection_lost(end)
        later = client_error("session_ended", f"the session has ended: {error.message}")
        self._over(Closed(end.code, end.reason, end.may_reconnect), error, later)

    def _send_call(self, call_id: int, method: str, params: Params) -> None:
        if not self._calls.awaited(call_id):
            return
        message = call(call_id, method, params)
        try:
            sent = self._line.send(message, self._max_bytes)
        except JoywireError as error:
            self._calls.failed(call_id, error)
            return
        if sent:
            self._asides.add(message, self.entries.next_seq)
        else:
            self._calls.failed(call_id, client_error("message_too_big"))

    def _discard(self) -> None:
        self.entries.drop_waiting("discarded", "the session ended before it was sent")
        self._leave = "discarding"
        if self._line.down:
            # With no connection, whoever discards does not want to wait for one either.
            self._over(Closed(1006, "discarded", True), client_error("connection_lost"))
            return
        self._line.send(bye(discard=True))

    def _settle(self) -> None:
        """Everything is sent. Bye follows once it is acked: then nothing can be lost by a break any more."""
        if self._leave != "staying":
            return
        self._leave = "settling"
        if not self.entries.settled:
            self.send(FLUSH_MESSAGE)
        self._bye_if_settled()

    def _bye_if_settled(self) -> None:
        if self._leave == "settling" and self.entries.settled:
            self._leave = "bye"
            self._line.send(bye(discard=False))

    def _closing(self) -> None:
        if self.state.status not in ("closing", "closed"):
            self._set_state(Closing())

    def _acked(self, ack: Ack) -> None:
        entries = self.entries
        try:
            entries.acked(ack)
        except JoywireError as error:
            self._line.fault(error.message)
            return
        through = entries.acked_through
        self._asides.acked(through)
        self._receipts.acked(through)
        if self.listeners.heard("ack"):
            self.listeners.emit("ack", tuple(ack.outcomes))
        if self._leave != "staying":
            self._bye_if_settled()

    def _refused(self, call_id: int | None, error: RequestError) -> None:
        refused = request_error(error)
        if call_id is not None:
            self._asides.answered(call_id)
            self._calls.failed(call_id, refused)
            return
        if error.subscription is not None:
            self.channels.refused(error.subscription, refused)
            return
        if error.code == "session_ended":
            # The gateway is seeing the session out: what it took is acked, then it closes. What it did not take is sent again if the
            # session can be resumed after that.
            if self._line.resumes:
                return
            self.entries.stop_taking(refused)
        elif error.seq is not None:
            if error.code in RESENT_CODES:
                self.entries.refused(error.seq, error.retry_in_ms)
                return
            # These entries would never get an outcome, and the two sides no longer agree on seqs.
            self.abandon(refused)
        self.listeners.emit("error", refused)

    def _said_farewell(self, end: ConnectionEnd) -> bool:
        """Whether it ended as it was asked to; also when bye arrived, all had been acked, and only the close was not heard."""
        if self._leave == "staying":
            return False
        cause = end.cause
        if end.code == CLOSE_CODES["normal"][0] and not isinstance(cause, JoywireError):
            return True
        gone = isinstance(cause, JoywireError) and cause.code == "session_lost"
        return gone and self._leave in ("settling", "bye") and self.entries.settled

    def _over(self, state: Closed, error: JoywireError, later: JoywireError | None = None) -> None:
        self._line.stop()
        self._end_all(error, later or error)
        self._receipts.stop()
        self._set_state(state)
        if not self.closed.done():
            self.closed.set_result(None)

    def _end_all(self, error: JoywireError, later: JoywireError) -> None:
        self.entries.end(error, later)
        self._calls.end(error, later)
        self.channels.end(error, later)

    def _set_state(self, state: State) -> None:
        self.state = state
        self.listeners.emit("state", state)


def _connection_lost(end: ConnectionEnd) -> JoywireError:
    why = f"{end.code}: {end.reason}" if end.reason else f"closed with {end.code}"
    return client_error("connection_lost", f"{CLIENT_ERRORS['connection_lost']} ({why})", end.cause)
