"""Who is called when something happens. What a listener raises goes to the loop's exception handler and stops nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Literal, TypeAlias

EventName: TypeAlias = Literal["state", "ack", "event", "goaway", "control", "control_requested", "error"]
Listener: TypeAlias = Callable[[Any], object]


class Listeners:
    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._listeners: dict[str, list[Listener]] = {}

    def on(self, name: EventName, listener: Listener) -> Callable[[], None]:
        """Calls ``listener`` at every event of this name; the returned function ends that."""
        listeners = self._listeners.setdefault(name, [])
        listeners.append(listener)

        def off() -> None:
            if listener in listeners:
                listeners.remove(listener)

        return off

    def heard(self, name: EventName) -> bool:
        """Whether anybody listens."""
        return bool(self._listeners.get(name))

    def emit(self, name: EventName, event: object) -> None:
        for listener in tuple(self._listeners.get(name, ())):
            self.call(listener, event)

    def call(self, listener: Listener, event: object) -> None:
        try:
            listener(event)
        except Exception as error:
            self._loop.call_exception_handler({"message": "a listener of Joywire failed", "exception": error})
