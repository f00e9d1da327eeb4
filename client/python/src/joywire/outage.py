"""The time without a connection: one attempt after the other, until one succeeds or there is no more sense in it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from .backoff import OutageLimits, next_attempt_ms
from .clock import Clock
from .errors import CLIENT_ERRORS, JoywireError, client_error
from .handshake import Failed


class OutageEvents(Protocol):
    def attempt(self, number: int) -> None:
        """Attempt ``number`` (from 1) is next."""

    def redial(self) -> Awaitable[Failed | None]:
        """Tries once to resume; None when it succeeded."""

    def given_up(self, error: JoywireError) -> None: ...


class Outage:
    def __init__(
        self,
        clock: Clock,
        limits: OutageLimits,
        not_before_ms: float,
        spawn: Callable[[Awaitable[None]], None],
        events: OutageEvents,
    ) -> None:
        """``not_before_ms``: the gateway asked not to come back sooner."""
        self._clock = clock
        self._limits = limits
        self._not_before_ms = not_before_ms
        self._spawn = spawn
        self._events = events
        self._started_at_ms = clock.now_ms()
        self._made = 0
        self._over = False
        self._stop_timer: Callable[[], None] = lambda: None

    def start(self) -> None:
        self._next(None)

    def stop(self) -> None:
        """No further attempt."""
        self._over = True
        self._stop_timer()

    def _next(self, last: JoywireError | None) -> None:
        elapsed_ms = max(0.0, self._clock.now_ms() - self._started_at_ms)
        chance = self._clock.random()
        wait_ms = next_attempt_ms(self._made, elapsed_ms, self._not_before_ms, chance, self._limits)
        if wait_ms is None:
            self.stop()
            tried = f"{self._made} attempts in {round(elapsed_ms)} ms to reach the gateway again failed"
            why = "none" if last is None else last.message
            self._events.given_up(client_error("connection_lost", f"{tried}; the last one: {why}", last))
            return
        self._events.attempt(self._made + 1)
        self._stop_timer = self._clock.after(wait_ms, lambda: self._spawn(self._try()))

    async def _try(self) -> None:
        self._made += 1
        failed = await self._events.redial()
        if self._over or failed is None:
            return
        if failed.may_reconnect:
            self._next(failed.error)
            return
        self.stop()
        message = f"{CLIENT_ERRORS['session_lost']} ({failed.error.message})"
        self._events.given_up(client_error("session_lost", message, failed.error))
