"""Entries that one call sends: their way from waiting for credit to the future of their outcomes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Protocol

from .errors import JoywireError, client_error, copy_of
from .types import Detail, Outcome
from .units import Unit


class SendUnit(Protocol):
    def __call__(self, unit: Unit, submission: Submission) -> bool:
        """Sends a unit under the next seqs; False when it is larger than the gateway takes, and nothing was sent."""


class Submission:
    """Its future has the outcomes of all units in order, or with ``single`` the only one. Cancelling it gives up what was not sent."""

    __slots__ = ("_collected", "_dropped", "_in_flight", "_send", "_sent", "_single", "_units", "future")

    def __init__(
        self, units: Sequence[Unit], send: SendUnit, future: asyncio.Future[Any], single: bool
    ) -> None:
        self.future = future
        self._units = units
        self._send = send
        self._single = single
        self._collected: list[Outcome] = []
        self._dropped: list[Outcome] = []
        self._sent = 0
        self._in_flight = 0
        if not units:
            future.set_result([])

    def cost(self) -> int | None:
        if self._sent >= len(self._units) or self.future.cancelled():
            return None
        return self._units[self._sent].entries

    def step(self) -> int:
        unit = self._units[self._sent]
        self._sent += 1
        self._in_flight += 1
        try:
            if self._send(unit, self):
                return unit.entries
            self.fail(client_error("message_too_big"))
        except JoywireError as error:
            # It cannot be encoded at all.
            self.fail(error)
        return 0

    def drop(self, code: str, message: str) -> None:
        """Gives up what has not been sent: its outcome is ``rejected``, after the outcomes of what was sent."""
        count = sum(unit.entries for unit in self._units[self._sent :])
        self._sent = len(self._units)
        rejected = Outcome(0, "rejected", None, 0, "none", Detail(code, message))
        self._dropped = [rejected] * count
        self._finish()

    def settle(self, outcomes: Sequence[Outcome]) -> None:
        self._in_flight -= 1
        self._collected.extend(outcomes)
        self._finish()

    def fail(self, error: JoywireError) -> None:
        """Ends the whole call with an error; nothing more of it is sent."""
        self._sent = len(self._units)
        if not self.future.done():
            self.future.set_exception(copy_of(error))
            # A press nobody waits for is no fault of the program: whoever does wait is told, and so are the listeners of "state".
            self.future.exception()

    def _finish(self) -> None:
        if self._in_flight > 0 or self._sent < len(self._units) or self.future.done():
            return
        outcomes = self._collected + self._dropped if self._dropped else self._collected
        self.future.set_result(outcomes[0] if self._single else outcomes)
