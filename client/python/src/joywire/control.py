"""Who controls the emulator, as its session on this side knows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .types import OtherSession


@dataclass(frozen=True, slots=True)
class ControlChange:
    """Whether this session controls its emulator from now on; if not, ``by`` has taken over."""

    controls: bool
    by: OtherSession | None = None


@dataclass(frozen=True, slots=True)
class ControlRequest:
    """Another session wants the emulator. To be answered with ``grant_control(request, ...)``."""

    request: int
    by: OtherSession


class Control:
    def __init__(
        self,
        controller: OtherSession | None,
        changed: Callable[[ControlChange], None],
        requested: Callable[[ControlRequest], None],
    ) -> None:
        self._by = controller
        self._changed = changed
        self._requested = requested

    @property
    def controls(self) -> bool:
        return self._by is None

    def welcomed(self, controller: OtherSession | None) -> None:
        """An event that came while the line broke may have been lost: every welcome says how things are."""
        self._set(controller)

    def event(self, name: str, data: Mapping[str, Any]) -> None:
        if name == "control_lost":
            self._set(_other(data))
        elif name == "control_granted":
            self._set(None)
        elif name == "control_requested" and isinstance(data.get("request"), (int, float)):
            self._requested(ControlRequest(int(data["request"]), _other(data)))

    def _set(self, by: OtherSession | None) -> None:
        before = None if self._by is None else self._by.session
        if before == (None if by is None else by.session):
            return
        self._by = by
        self._changed(ControlChange(by is None, by))


def _other(data: Mapping[str, Any]) -> OtherSession:
    def text(name: str) -> str | None:
        value = data.get(name)
        return value if isinstance(value, str) else None

    return OtherSession(text("by") or "", text("label"), text("owner") or "")
