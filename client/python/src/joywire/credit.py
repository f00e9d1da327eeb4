"""One queue for all that has to keep its order: what needs credit waits here until there is some. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Protocol


class Job(Protocol):
    """Something to be sent in one or more steps."""

    def cost(self) -> int | None:
        """How many entries the next step would send; None when no step is left."""

    def step(self) -> int:
        """Takes the next step. Returns how many entries it sent: ``cost()``, or 0 when it gave up."""


class Turn:
    """What needs no credit (a call, a flush), only its turn."""

    __slots__ = ("_action",)

    def __init__(self, action: Callable[[], None]) -> None:
        self._action: Callable[[], None] | None = action

    def cost(self) -> int | None:
        return None if self._action is None else 0

    def step(self) -> int:
        action, self._action = self._action, None
        if action is not None:
            action()
        return 0


class CreditQueue:
    def __init__(self, limit: int, outstanding: int = 0) -> None:
        #: How many entries may be outstanding.
        self.limit = limit
        #: How many were sent and have no outcome yet.
        self.outstanding = outstanding
        self._jobs: deque[Job] = deque()
        self._running = False
        self._held = False

    def add(self, job: Job) -> None:
        """Runs the job as far as credit goes, once all that came before it has gone."""
        self._jobs.append(job)
        self.run()

    def remove_all(self) -> list[Job]:
        """Takes everything out that has not been sent whole, oldest first."""
        jobs = list(self._jobs)
        self._jobs.clear()
        return jobs

    def release(self, count: int) -> None:
        """Entries got their outcome."""
        self.outstanding -= count
        self.run()

    def set_limit(self, limit: int) -> None:
        """The gateway changed the credit. What is outstanding beyond a lower limit runs out."""
        self.limit = limit
        self.run()

    def hold(self) -> None:
        """Lets nothing go until ``let_go``."""
        self._held = True

    def let_go(self) -> None:
        self._held = False
        self.run()

    def run(self) -> None:
        # A step may call back in here; one loop at a time keeps the order.
        if self._running:
            return
        self._running = True
        jobs = self._jobs
        try:
            while jobs and not self._held:
                job = jobs[0]
                cost = job.cost()
                if cost is None:
                    # A step may have emptied the queue.
                    jobs.popleft()
                elif cost > 0 and self.outstanding + cost > self.limit:
                    return
                else:
                    self.outstanding += job.step()
        finally:
            self._running = False
