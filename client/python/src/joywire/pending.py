"""Which entries wait for their outcome: seq -> entry, settled in order, each exactly once. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from .answers import Ack
from .asides import Unacked
from .errors import JoywireError, client_error
from .types import Outcome
from .units import Unit


class Settled(Protocol):
    """Who waits for the outcomes of a message."""

    def settle(self, outcomes: Sequence[Outcome]) -> None:
        """Called once with an outcome for each of its seqs, in order."""

    def fail(self, error: JoywireError) -> None:
        """Called once instead of ``settle``, when no outcome will come."""


class _Sent:
    """One message on its way: ``count`` entries with consecutive seqs, kept until acked so that it can be sent again."""

    __slots__ = ("count", "unit", "waiter")

    def __init__(self, unit: Unit, waiter: Settled) -> None:
        self.count = unit.entries
        self.unit = unit
        self.waiter = waiter


class PendingEntries:
    def __init__(self, acked_through: int, next_seq: int) -> None:
        self._sent: dict[int, _Sent] = {}
        #: Outcomes so far of the message whose acks have begun.
        self._partial: list[Outcome] = []
        self.acked_through = acked_through
        #: The seq of the next entry to be sent.
        self.next_seq = next_seq

    def add(self, unit: Unit, waiter: Settled) -> None:
        sent = _Sent(unit, waiter)
        self._sent[self.next_seq] = sent
        self.next_seq += sent.count

    def ack(self, ack: Ack) -> int:
        """Takes an ack; how many entries it settled. Outcomes that are already known are passed over: a repeat is no news.

        Raises JoywireError ``protocol_error`` when it contradicts what was sent or acked before.
        """
        first, outcomes = ack.first_seq, ack.outcomes
        before = self.acked_through
        if first > before + 1:
            raise client_error("protocol_error", f"ack of seq {first} while {before + 1} has none yet")
        last = first + len(outcomes) - 1
        if last >= self.next_seq:
            raise client_error("protocol_error", f"ack of seq {last}, which was never sent")
        known = before + 1 - first
        for outcome in outcomes[known:] if known else outcomes:
            self._settle_one(outcome)
        return self.acked_through - before

    def unacked(self) -> list[Unacked]:
        """What has no outcome yet, in order. A message of which a part has counts whole."""
        return [Unacked(seq, sent.unit) for seq, sent in self._sent.items()]

    def fail_all(self, error: JoywireError) -> None:
        """No outcome will come any more."""
        left = list(self._sent.values())
        self._sent.clear()
        self._partial = []
        self.acked_through = self.next_seq - 1
        for sent in left:
            sent.waiter.fail(error)

    def _settle_one(self, outcome: Outcome) -> None:
        seq = outcome.seq
        self.acked_through = seq
        partial = self._partial
        partial.append(outcome)
        first = seq - len(partial) + 1
        sent = self._sent.get(first)
        if sent is None:
            # Sent by whoever began the session.
            partial.clear()
            return
        if len(partial) < sent.count:
            return
        self._partial = []
        del self._sent[first]
        sent.waiter.settle(partial)
