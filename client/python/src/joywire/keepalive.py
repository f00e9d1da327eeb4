"""Notices a dead line: a ping every so often, and something has to come back before the next one."""

from __future__ import annotations

from collections.abc import Callable

from .clock import Clock

#: Deadline for an answer after a timer fired far too late: the machine slept, and the line has probably gone.
CHECK_MS = 2_000


class Keepalive:
    def __init__(
        self, clock: Clock, interval_ms: float, ping: Callable[[int], None], lost: Callable[[float], None]
    ) -> None:
        """``lost`` is called with the ms of silence, once, and nothing after it."""
        self._clock = clock
        self._interval_ms = interval_ms
        self._ping = ping
        self._lost = lost
        self._pings = 0
        #: Whether anything at all arrived since the latest ping.
        self.heard = True
        self._stop_timer = self._arm(interval_ms)

    def stop(self) -> None:
        self._stop_timer()

    def _arm(self, delay_ms: float) -> Callable[[], None]:
        due_ms = self._clock.now_ms() + delay_ms
        return self._clock.after(delay_ms, lambda: self._tick(delay_ms, due_ms))

    def _tick(self, delay_ms: float, due_ms: float) -> None:
        slept = self._clock.now_ms() - due_ms > self._interval_ms
        # After a sleep the silence proves nothing yet: the line gets one short chance.
        if not self.heard and not slept:
            self._lost(delay_ms)
            return
        self.heard = False
        self._pings += 1
        self._stop_timer = self._arm(min(CHECK_MS, self._interval_ms) if slept else self._interval_ms)
        self._ping(self._pings)
