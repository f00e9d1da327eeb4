"""Tells the gateway now and then which outcomes have arrived, so that it need not keep them."""

from __future__ import annotations

from collections.abc import Callable

from .clock import Clock

EVERY = 256
IDLE_MS = 1_000


class Receipts:
    def __init__(self, clock: Clock, acked_through: int, send: Callable[[int], object]) -> None:
        self._clock = clock
        self._send = send
        self._told_through = acked_through
        self._acked_through = acked_through
        self._stop_timer: Callable[[], None] | None = None

    def acked(self, through_seq: int) -> None:
        self._acked_through = through_seq
        behind = through_seq - self._told_through
        if behind >= EVERY:
            self._tell()
        elif behind > 0 and self._stop_timer is None:
            self._stop_timer = self._clock.after(IDLE_MS, self._tell)

    def told(self, through_seq: int) -> None:
        """The gateway has been told otherwise."""
        self.stop()
        self._told_through = through_seq

    def stop(self) -> None:
        if self._stop_timer is not None:
            self._stop_timer()
        self._stop_timer = None

    def _tell(self) -> None:
        self.stop()
        self._told_through = self._acked_through
        self._send(self._acked_through)
