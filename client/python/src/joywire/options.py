"""What one can ask ``connect`` for."""

from __future__ import annotations

import math
import ssl as tls
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, TypedDict

from .backoff import Backoff, OutageLimits
from .handshake import CONNECT_TIMEOUT_MS
from .requests import batching_map, compact, emulator_map, observe_map
from .types import (
    Batching,
    Emulator,
    Encoding,
    Observe,
    OnFailure,
    OtherSession,
    Pace,
    Welcome,
)

#: Whether the other session may have control. What it raises goes to the loop's exception handler, and nothing is granted.
OnControlRequested: TypeAlias = Callable[[OtherSession], "bool | Awaitable[bool]"]


@dataclass(frozen=True, slots=True)
class Reconnect:
    """How long to try to resume, and how often."""

    #: Gives up after so many failed attempts in a row. None: no limit.
    max_attempts: int | None = None
    #: Gives up when there has been no connection for so long. None: as long as the gateway may keep the session, which is its
    #: ``resume_ms`` and twice its ``keepalive_ms``; for a watcher no limit.
    max_outage_ms: float | None = None
    backoff: Backoff | None = None


@dataclass(frozen=True, slots=True)
class Ticket:
    """What another process needs to resume a session: ``connect(url, resume=ticket)``. Keep it to yourself."""

    session: str
    secret: str
    #: Outcomes up to this seq have arrived.
    received: int


class ConnectOptions(TypedDict, total=False):
    """Options of ``connect``. What is absent is left to the gateway."""

    #: The gateway's token, if it wants one.
    token: str | None
    #: Name and version of your software, for the gateway's log.
    client: str
    #: What the run is to be called.
    label: str | None
    #: ``watch`` gets no emulator of its own: it subscribes and calls.
    role: Literal["play", "watch"] | None
    #: Which emulator to lease, and how long to wait in line for it.
    emulator: Emulator | None
    #: Takes the emulator named by ``emulator.id`` over from the session that controls it.
    takeover: bool | None
    #: Whether time passes only for inputs, or by the wall clock.
    pace: Pace | None
    #: At ``realtime``: times 59.7275 frames a second.
    speed: float | None
    batching: Batching | None
    #: What to read on the last frame of every single input and every group; a call's own replaces it.
    observe: Observe | None
    #: Whether what is queued behind a ``failed`` or ``unknown`` entry is rejected.
    on_failure: OnFailure
    #: Whether presses that the emulator cannot run exactly are approximated instead of rejected.
    approximate: bool | None
    encoding: Encoding
    #: Called with one's place in the line for an emulator, 1 for the next, whenever it changes.
    on_waiting: Callable[[int], None] | None
    #: Called when another session has taken the emulator over, and when control has come back.
    on_control_lost: Callable[[OtherSession], None] | None
    on_control_granted: Callable[[], None] | None
    #: Says whether a session that asks may take the emulator over. Absent: nobody answers, which counts as no.
    on_control_requested: OnControlRequested | None
    #: Ms between pings; nothing at all coming back for that long is a broken line. Absent: the gateway's ``limits.keepalive_ms``.
    keepalive_ms: float | None
    #: Time for one attempt until the gateway answers the hello.
    connect_timeout_ms: float
    #: How often to try to connect, where trying again makes sense.
    connect_attempts: int
    #: Waits between attempts, of connecting and of reconnecting.
    backoff: Backoff
    #: What to do when the connection breaks: with ``False`` the session counts as over, and the gateway keeps it no longer than that.
    reconnect: bool | Reconnect
    #: How long the gateway is to keep the session when the connection breaks, up to its ``limits.max_resume_ms``.
    resume_ms: float | None
    #: The session to go on with, from ``pad.ticket``.
    resume: Ticket | None
    #: Whether a session that cannot be resumed is replaced by a new one; ``pad.resumed`` tells.
    or_new: bool
    #: Whether to offer compression, for slow lines to a gateway that has it turned on.
    compression: bool
    #: For ``wss``: who is trusted. Absent: the system's certificates.
    ssl_context: tls.SSLContext | None


@dataclass(frozen=True, slots=True)
class Options:
    """:class:`ConnectOptions` with their defaults. Unknown ones raise TypeError."""

    token: str | None = field(default=None, repr=False)
    client: str = "joywire-python"
    label: str | None = None
    role: Literal["play", "watch"] | None = None
    emulator: Emulator | None = None
    takeover: bool | None = None
    pace: Pace | None = None
    speed: float | None = None
    batching: Batching | None = None
    observe: Observe | None = None
    on_failure: OnFailure = "stop"
    approximate: bool | None = None
    encoding: Encoding = "msgpack"
    on_waiting: Callable[[int], None] | None = None
    on_control_lost: Callable[[OtherSession], None] | None = None
    on_control_granted: Callable[[], None] | None = None
    on_control_requested: OnControlRequested | None = None
    keepalive_ms: float | None = None
    connect_timeout_ms: float = CONNECT_TIMEOUT_MS
    connect_attempts: int = 1
    backoff: Backoff = field(default_factory=Backoff)
    reconnect: bool | Reconnect = True
    resume_ms: float | None = None
    resume: Ticket | None = None
    or_new: bool = False
    compression: bool = False
    ssl_context: tls.SSLContext | None = None

    def hello(self) -> dict[str, Any]:
        """The map of the message hello."""
        resume_ms = 0 if self.resume_ms is None and self.reconnect is False else self.resume_ms
        return compact(
            client=self.client,
            token=self.token,
            label=self.label,
            role=self.role,
            emulator=None if self.emulator is None else emulator_map(self.emulator),
            takeover=self.takeover,
            pace=self.pace,
            speed=self.speed,
            batching=None if self.batching is None else batching_map(self.batching),
            observe=None if self.observe is None else observe_map(self.observe),
            onFailure=self.on_failure,
            approximate=self.approximate,
            resumeMs=resume_ms,
            resume=self._resume_map(),
        )

    def outage_limits(self, welcome: Welcome) -> OutageLimits | None:
        """None where there is nothing to come back to."""
        watches = welcome.emulator is None
        if self.reconnect is False or (not watches and welcome.resume_ms == 0):
            return None
        wanted = self.reconnect if isinstance(self.reconnect, Reconnect) else Reconnect()
        kept_ms = math.inf if watches else welcome.resume_ms + 2 * welcome.limits.keepalive_ms
        return OutageLimits(
            wanted.backoff or self.backoff,
            math.inf if wanted.max_attempts is None else wanted.max_attempts,
            kept_ms if wanted.max_outage_ms is None else wanted.max_outage_ms,
        )

    def _resume_map(self) -> dict[str, Any] | None:
        ticket = self.resume
        if ticket is None:
            return None
        return compact(
            session=ticket.session,
            secret=ticket.secret,
            received=ticket.received,
            orNew=True if self.or_new else None,
        )
