"""What the gateway did not take for now (``rate_limited``, ``credit_exceeded``, and the gap that follows) goes again, in order."""

from __future__ import annotations

from collections.abc import Callable

from .backoff import Backoff
from .clock import Clock
from .codec import Message
from .credit import CreditQueue
from .pending import PendingEntries

#: Codes after which the same entries are to be sent again.
RESENT_CODES = frozenset({"sequence_gap", "credit_exceeded", "rate_limited"})
#: Where the gateway does not say when: the first time at once.
_BACKOFF = Backoff(20, 1_000)


class Resend:
    def __init__(
        self, clock: Clock, pending: PendingEntries, queue: CreditQueue, send: Callable[[Message], object]
    ) -> None:
        self._clock = clock
        self._pending = pending
        self._queue = queue
        self._send = send
        self._from_seq: int | None = None
        self._due_ms = 0.0
        self._stop_timer: Callable[[], None] | None = None
        self._tries = 0

    def refused(self, seq: int, retry_in_ms: float | None) -> None:
        """Nothing from ``seq`` on was taken; new entries wait until it has been sent again."""
        if retry_in_ms is None:
            retry_in_ms = 0.0 if self._tries == 0 else _BACKOFF.wait_ms(self._tries, 1.0)
        self._queue.hold()
        self._from_seq = seq if self._from_seq is None else min(self._from_seq, seq)
        due_ms = self._clock.now_ms() + retry_in_ms
        if self._stop_timer is not None:
            if due_ms <= self._due_ms:
                return
            self._stop_timer()
        self._due_ms = due_ms
        self._stop_timer = self._clock.after(retry_in_ms, self._due)

    def progressed(self) -> None:
        """Something was acked."""
        self._tries = 0

    def credit_changed(self) -> None:
        if self._from_seq is not None and self._stop_timer is None:
            self._go()

    def stop(self) -> None:
        """Another connection was sent everything, or nothing more is to be sent."""
        if self._stop_timer is not None:
            self._stop_timer()
        self._stop_timer = None
        self._from_seq = None
        self._queue.let_go()

    def _due(self) -> None:
        self._stop_timer = None
        self._go()

    def _go(self) -> None:
        # A credit of 0 is a pause: the gateway says when it is over.
        if self._from_seq is None or self._queue.limit == 0:
            return
        from_seq, self._from_seq = self._from_seq, None
        self._tries += 1
        for entry in self._pending.unacked():
            for message in entry.unit.again(entry.first_seq, from_seq):
                self._send(message)
        self._queue.let_go()
