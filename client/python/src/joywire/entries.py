"""The session's entries: gives them seqs in the order they were called, keeps them until acked, hands out outcomes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from .answers import Ack
from .asides import Unacked
from .clock import Clock
from .codec import Message
from .credit import CreditQueue, Turn
from .errors import JoywireError, copy_of
from .pending import PendingEntries
from .resend import Resend
from .submission import Submission
from .types import OnFailure, Outcome, Welcome
from .units import Unit


class SendMessage(Protocol):
    def __call__(self, message: Message, max_bytes: int | None = None) -> bool:
        """Sends a message of at most so many bytes; False when it is larger, and nothing was sent."""


class Entries:
    def __init__(
        self,
        welcome: Welcome,
        acked_through: int,
        on_failure: OnFailure,
        send: SendMessage,
        loop: asyncio.AbstractEventLoop,
        clock: Clock,
    ) -> None:
        self._pending = PendingEntries(acked_through, welcome.next_seq)
        # Of a session begun elsewhere, others may have sent what has no outcome yet.
        self._queue = CreditQueue(welcome.credit, welcome.next_seq - 1 - acked_through)
        self._resend = Resend(clock, self._pending, self._queue, send)
        self._max_bytes = welcome.limits.max_message_bytes
        self._send = send
        self._new_future = loop.create_future
        self._ended: JoywireError | None = None
        self.on_failure: OnFailure = on_failure
        #: Counts the calls that sent entries, or are to.
        self.called = 0

    @property
    def credit(self) -> tuple[int, int]:
        """How many entries may be outstanding, and how many are."""
        return self._queue.limit, self._queue.outstanding

    @property
    def acked_through(self) -> int:
        """Outcomes up to this seq have arrived."""
        return self._pending.acked_through

    @property
    def next_seq(self) -> int:
        """The seq of the next entry."""
        return self._pending.next_seq

    @property
    def settled(self) -> bool:
        """Whether everything that was sent has its outcome."""
        return self._pending.acked_through == self._pending.next_seq - 1

    def unacked(self) -> list[Unacked]:
        """What has no outcome yet, in order."""
        return self._pending.unacked()

    def submit(self, units: Sequence[Unit], single: bool = False) -> asyncio.Future[Any]:
        """Sends units in order, as credit allows; the outcomes of all of them, or with ``single`` the one there is."""
        future: asyncio.Future[Any] = self._new_future()
        if self._ended is not None:
            future.set_exception(copy_of(self._ended))
            future.exception()
            return future
        self.called += 1
        self._queue.add(Submission(units, self._send_unit, future, single))
        return future

    def in_order(self, action: Callable[[], None]) -> None:
        """Sends what takes no seq, once all entries called before it have been sent."""
        self._queue.add(Turn(action))

    def set_credit(self, limit: int) -> None:
        self._queue.set_limit(limit)
        self._resend.credit_changed()

    def refused(self, seq: int, retry_in_ms: float | None) -> None:
        """The gateway took nothing from ``seq`` on, and will later."""
        self._resend.refused(seq, retry_in_ms)

    def resent(self) -> None:
        """Another connection was sent everything."""
        self._resend.stop()

    def acked(self, ack: Ack) -> None:
        """Raises JoywireError ``protocol_error``."""
        settled = self._pending.ack(ack)
        if settled:
            self._resend.progressed()
        if self.on_failure == "stop" and _failed(ack.outcomes):
            # What waits here is queued just as what waits at the gateway is: neither runs after a failure.
            self.drop_waiting("after_failure", "an earlier entry failed while this one waited for credit")
        self._queue.release(settled)

    def drop_waiting(self, code: str, message: str) -> None:
        """Gives the entries that wait for credit the outcome ``rejected``; what waits with them and is no entry is sent."""
        others = []
        for job in self._queue.remove_all():
            if isinstance(job, Submission):
                job.drop(code, message)
            else:
                others.append(job)
        for job in others:
            self._queue.add(job)

    def end(self, error: JoywireError, later: JoywireError) -> None:
        """No outcome comes any more, and nothing more is taken; ``later`` is what calls from now on get."""
        self._ended = self._ended or later
        for job in self._queue.remove_all():
            if isinstance(job, Submission):
                job.fail(error)
        self._resend.stop()
        self._pending.fail_all(error)

    def stop_taking(self, error: JoywireError) -> None:
        """Takes nothing more; what was taken runs out."""
        self._ended = self._ended or error

    def _send_unit(self, unit: Unit, submission: Submission) -> bool:
        pending = self._pending
        if not self._send(unit.message(pending.next_seq), self._max_bytes):
            return False
        pending.add(unit, submission)
        return True


def _failed(outcomes: Sequence[Outcome]) -> bool:
    for outcome in outcomes:
        status = outcome.status
        if status != "executed" and status != "rejected":
            return True
    return False
