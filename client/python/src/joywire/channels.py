"""The subscriptions of a session: who gets each push, and what to ask of the next connection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from .codec import Message
from .errors import JoywireError
from .requests import subscribe, unsubscribe
from .subscription import Read, Subscription
from .types import Params

T = TypeVar("T")


class _Open(NamedTuple):
    channel: str
    options: Params
    receiver: Subscription[Any]


class Channels:
    def __init__(self, send: Callable[[Message], object]) -> None:
        self._send = send
        self._open: dict[int, _Open] = {}
        self._last_id = 0
        self._ended: JoywireError | None = None

    def subscribe(self, channel: str, options: Params, read: Read[T], most: int = 1) -> Subscription[T]:
        """Subscribes at once; ``most`` payloads are kept for a slow reader."""
        self._last_id += 1
        number = self._last_id

        def leave() -> None:
            if self._open.pop(number, None) is not None:
                self._send(unsubscribe(number))

        subscription = Subscription(read, leave, most)
        if self._ended is not None:
            subscription.end(self._ended)
            return subscription
        self._open[number] = _Open(channel, options, subscription)
        self._send(subscribe(number, channel, options))
        return subscription

    def renew(self) -> None:
        """Makes every subscription again, on a connection that knows none of them."""
        for number, (channel, options, receiver) in self._open.items():
            receiver.restarted()
            self._send(subscribe(number, channel, options))

    def push(self, number: int, n: int, payload: Any) -> None:
        """A payload; of a subscription that has just been closed it is passed over."""
        found = self._open.get(number)
        if found is not None:
            found.receiver.push(n, payload)

    def refused(self, number: int, error: JoywireError) -> None:
        """The gateway refused a subscription."""
        found = self._open.pop(number, None)
        if found is not None:
            found.receiver.end(error)

    def end(self, error: JoywireError, later: JoywireError) -> None:
        self._ended = self._ended or later
        left = list(self._open.values())
        self._open.clear()
        for opened in left:
            opened.receiver.end(error)
