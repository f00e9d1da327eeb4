"""When to try again after a connection broke, and when to give up. Pure: time and chance come in."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waits between attempts: a random share of a bound that doubles, so that clients cut off together do not come back together."""

    #: Upper bound of the first wait.
    base_ms: float = 250
    #: Upper bound of every wait.
    max_ms: float = 15_000

    def wait_ms(self, retry: int, chance: float) -> float:
        """The wait before retry number ``retry`` (from 1); ``chance`` is from 0 up to, not including, 1."""
        return chance * min(self.max_ms, self.base_ms * 2.0 ** min(retry - 1, 64))


@dataclass(frozen=True, slots=True)
class OutageLimits:
    """How long an outage may last."""

    backoff: Backoff
    #: Attempts in a row that may fail.
    max_attempts: float = math.inf
    #: Time since the connection broke.
    max_outage_ms: float = math.inf


def next_attempt_ms(
    made: int, elapsed_ms: float, not_before_ms: float, chance: float, limits: OutageLimits
) -> float | None:
    """How long to wait before the next attempt; None to give up.

    ``not_before_ms``: the gateway asked not to come back sooner than this after the break.
    """
    if made >= limits.max_attempts or elapsed_ms >= limits.max_outage_ms:
        return None
    wait_ms = max(0.0, not_before_ms - elapsed_ms) + limits.backoff.wait_ms(made + 1, chance)
    return min(wait_ms, limits.max_outage_ms - elapsed_ms)
