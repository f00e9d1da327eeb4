"""``connect``: attempts, one after the other, until there is a session."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING, Any

from .clock import LoopClock
from .codec import codec_of
from .connection import Connection, Dial
from .control import ControlChange, ControlRequest
from .endpoint import endpoint_url
from .errors import client_error
from .handshake import Greeting, Handshake, Reached, Welcomed
from .line import LineOptions, Resume
from .options import OnControlRequested, Options
from .pad import Pad
from .session import Session
from .types import Welcome

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .options import ConnectOptions


class Connecting:
    """A session to be had: ``async with connect(url) as pad``, or ``pad = await connect(url)`` and ``pad.close()`` later."""

    def __init__(self, address: str, options: Options) -> None:
        self._address = address
        self._options = options
        self._pad: Pad | None = None

    def __await__(self) -> Generator[Any, None, Pad]:
        return self._begin().__await__()

    async def _begin(self) -> Pad:
        return await _connect(self._address, self._options)

    async def __aenter__(self) -> Pad:
        self._pad = await self
        return self._pad

    async def __aexit__(self, kind: type[BaseException] | None, error: Any, trace: Any) -> None:
        if self._pad is not None:
            await self._pad.__aexit__(kind, error, trace)


def connect(address: str, **options: Unpack[ConnectOptions]) -> Connecting:
    """Opens a session on a gateway: ready once an emulator is leased.

    ``address`` is ``host:port``, or a URL with http, https, ws or wss, with or without ``/v1``. Options:
    :class:`joywire.ConnectOptions`.

    Raises JoywireError with a code of ``CLIENT_ERRORS``, a code of the gateway's request errors, or a close code's name.
    """
    return Connecting(address, Options(**options))


async def _connect(address: str, options: Options) -> Pad:
    loop = asyncio.get_running_loop()
    clock = LoopClock(loop)
    dial = Dial(
        endpoint_url(address),
        codec_of(options.encoding),
        loop,
        clock,
        options.ssl_context,
        options.compression,
    )
    greeting = Greeting(
        dial, options.hello(), options.connect_timeout_ms, options.keepalive_ms, options.on_waiting
    )
    made = 0
    while True:
        made += 1
        handshake = Handshake(
            greeting, lambda connection, welcome: _pad_of(connection, welcome, greeting, options)
        )
        try:
            result = await handshake.result
        except asyncio.CancelledError:
            handshake.give_up(client_error("session_ended", "cancelled while connecting"))
            raise
        if isinstance(result, Reached):
            return result.value
        if made >= options.connect_attempts or not result.may_reconnect:
            raise result.error
        await asyncio.sleep(options.backoff.wait_ms(made, clock.random()) / 1000)


def _pad_of(connection: Connection, welcome: Welcome, greeting: Greeting, options: Options) -> Pad:
    again = _Again(greeting)
    dial = greeting.dial
    keepalive_ms = options.keepalive_ms or welcome.limits.keepalive_ms
    line = LineOptions(dial.loop, dial.clock, keepalive_ms, again.redial, options.outage_limits(welcome))
    received = options.resume.received if welcome.resumed and options.resume is not None else None
    session = Session(connection, welcome, options.on_failure, line, received)
    pad = Pad(session, welcome, again.present)
    _listen_for_control(pad, session, options)
    return pad


class _Again:
    """The hello of every further connection of a session. Who presents another token while connected comes back with that."""

    def __init__(self, greeting: Greeting) -> None:
        self._greeting = greeting
        self._hello: Mapping[str, Any] = {
            key: value for key, value in greeting.hello.items() if key != "resume"
        }

    def present(self, token: str) -> None:
        self._hello = {**self._hello, "token": token}

    def redial(self, resume: Resume, welcomed: Welcomed[None]) -> Handshake[None]:
        hello = self._hello if resume is None else {**self._hello, "resume": resume}
        old = self._greeting
        greeting = Greeting(old.dial, hello, old.connect_timeout_ms, old.keepalive_ms, old.on_waiting)
        return Handshake(greeting, welcomed)


def _listen_for_control(pad: Pad, session: Session, options: Options) -> None:
    lost, granted, requested = (
        options.on_control_lost,
        options.on_control_granted,
        options.on_control_requested,
    )

    def changed(change: ControlChange) -> None:
        if change.by is None:
            if granted is not None:
                granted()
        elif lost is not None:
            lost(change.by)

    pad.on("control", changed)
    if requested is None:
        return
    answers: set[asyncio.Task[None]] = set()

    def answer(request: ControlRequest) -> None:
        task = asyncio.ensure_future(_answer(pad, request, requested))
        answers.add(task)
        task.add_done_callback(answers.discard)

    pad.on("control_requested", answer)


async def _answer(pad: Pad, request: ControlRequest, decide: OnControlRequested) -> None:
    """What ``decide`` raises goes to the loop's exception handler, and nothing is granted."""
    granted = False
    try:
        decision = decide(request.by)
        granted = bool(await decision if inspect.isawaitable(decision) else decision)
    finally:
        await pad.grant_control(request.request, granted)
