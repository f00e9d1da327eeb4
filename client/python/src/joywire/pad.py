"""A session as its user sees it: typed requests, each a few lines over what goes on in ``session.py``."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeVar, overload

from .answers import Event
from .buttons import button_mask
from .errors import JoywireError
from .guards import Guard
from .listeners import EventName, Listener
from .options import Ticket
from .pictures import Picture, picture_reader
from .presses import PressSpec, group_unit, members_of, script_units, single_unit
from .profile import PROFILES_KEPT, Profile, read_profile
from .requests import COMMAND, FLUSH_MESSAGE, KEYS, batching_map, cancel, compact, observe_map
from .results import (
    Checkpoint,
    CheckpointBytes,
    EmulatorListing,
    Memory,
    Rom,
    Screen,
    SessionListing,
    SessionSettings,
    read_checkpoint_bytes,
    read_checkpoints,
    read_emulators,
    read_memory,
    read_roms,
    read_screen,
    read_sessions,
    read_settings,
)
from .rollout import Rollout
from .runs import Run
from .session import Session, State
from .sound import SOUNDS_KEPT, Sound, read_sound
from .stats import Stats, read_stats
from .subscription import Read, Subscription
from .types import (
    Batching,
    EmulatorInfo,
    Limits,
    MemoryRange,
    Observe,
    OnFailure,
    Outcome,
    Pace,
    Params,
    Welcome,
)
from .units import Single, Unit

T = TypeVar("T")

#: Events that are kept for a reader who is slower.
EVENTS_KEPT = 1024


class Unchanged:
    """Says of a setting that it stays as it is, where None means something else."""


UNCHANGED = Unchanged()


class Pad:
    """A session on a gateway, made by :func:`joywire.connect`. It belongs to the event loop that made it.

    Everything that sends entries (``press``, ``send``, ``sequence``, ``keys``, ``save``, ``load``, ``reset``, ``pace``) keeps the order
    of the calls, waits for credit, and gives outcomes, whatever they are: look at ``status``. It raises only when nothing is sent
    (``invalid_argument``, ``script_error``, ...) or when the session ends without an outcome (``session_lost``, ``connection_lost``,
    ``session_ended``).

    Each of them has a form ``..._nowait`` that returns a future at once: the entry is queued in the order of the calls and need not be
    awaited. Cancelling a future gives up what has not been sent; what has been sent runs all the same.

    A connection that breaks is replaced and the session resumed: what did not arrive is sent again, each entry still runs once.
    ``state`` shows it. Calls are made again too; one that reads behind entries raises ``call_lost`` when entries called after it have
    run meanwhile. Held keys are let go while there is no connection (event ``buttons_released``).
    """

    def __init__(self, session: Session, welcome: Welcome, on_token: Callable[[str], None]) -> None:
        #: The session's id.
        self.session: str = welcome.session
        #: The leased emulator; None for a watcher.
        self.emulator: EmulatorInfo | None = welcome.emulator
        #: What this gateway takes at most.
        self.limits: Limits = welcome.limits
        #: Name and version of the gateway.
        self.server: str = welcome.server
        #: Whether the session that ``connect`` was to resume goes on.
        self.resumed: bool = welcome.resumed
        self._secret = welcome.secret
        self._batching = welcome.batching
        self._session = session
        self._entries = session.entries
        self._macros = session.macros
        self._rollouts = 0
        self._on_token = on_token

    @property
    def state(self) -> State:
        """``open``, ``reconnecting``, ``closing`` or ``closed``: see ``state.status``."""
        return self._session.state

    @property
    def controls(self) -> bool:
        """Whether what it sends runs: it plays, and no other session has taken its emulator over."""
        return self.emulator is not None and self._session.control.controls

    @property
    def batching(self) -> Batching:
        """The batching settings in force."""
        return self._batching

    @property
    def credit(self) -> tuple[int, int]:
        """How many entries may be outstanding, and how many are."""
        return self._entries.credit

    @property
    def ticket(self) -> Ticket:
        """What another process needs to resume this session as it is now: keep it to yourself."""
        return Ticket(self.session, self._secret, self._entries.acked_through)

    def on(self, name: EventName, listener: Listener) -> Callable[[], None]:
        """Calls ``listener`` at every event of this name; the returned function ends that.

        ``state``: a :data:`State`. ``ack``: a tuple of outcomes. ``event``: an :class:`Event` of the gateway. ``goaway``: a
        :class:`Goaway`. ``control``: a :class:`ControlChange`. ``control_requested``: a :class:`ControlRequest`. ``error``: a
        JoywireError of a request that nobody awaits.
        """
        return self._session.listeners.on(name, listener)

    def events(self) -> Subscription[Event]:
        """What happens to the session: ``async for event in pad.events()``. It ends with the session."""
        count = 0

        def push(event: Event) -> None:
            nonlocal count
            count += 1
            subscription.push(count, event)

        off = self.on("event", push)
        subscription: Subscription[Event] = Subscription(lambda event: event, off, EVENTS_KEPT)
        self._session.closed.add_done_callback(lambda _: subscription.end(None))
        return subscription

    # Entries.

    def press_nowait(
        self,
        buttons: str | int,
        hold: int | None = None,
        gap: int | None = None,
        *,
        observe: Observe | None = None,
    ) -> asyncio.Future[Outcome]:
        """As ``press``, without waiting."""
        return self._submit_one(single_unit(buttons, hold, gap, observe, self.limits))

    async def press(
        self,
        buttons: str | int,
        hold: int | None = None,
        gap: int | None = None,
        *,
        observe: Observe | None = None,
    ) -> Outcome:
        """Presses buttons, names (``"A"``, ``"A+UP"``) or a mask, for ``hold`` frames, and nothing for ``gap`` frames after it.

        Raises JoywireError ``invalid_argument``, ``not_controller``, and as the class says.
        """
        return await self.press_nowait(buttons, hold, gap, observe=observe)

    def send_nowait(
        self, script: str, *, observe: Observe | None = None, together: bool | None = None
    ) -> asyncio.Future[list[Outcome]]:
        """As ``send``, without waiting."""
        return self._submit(script_units(script, observe, together, self.limits))

    async def send(
        self, script: str, *, observe: Observe | None = None, together: bool | None = None
    ) -> list[Outcome]:
        """Sends a script, such as ``A B UP*3 A:10 W:30 (A B)*2``: singles and groups as written. Nothing is sent of one that
        cannot be read.

        Raises JoywireError ``script_error`` naming line and column, ``not_controller``, and as the class says.
        """
        return await self.send_nowait(script, observe=observe, together=together)

    def sequence_nowait(
        self,
        presses: Sequence[PressSpec],
        *,
        observe: Observe | None = None,
        together: bool | None = None,
        guards: Sequence[Guard] | None = None,
    ) -> asyncio.Future[list[Outcome]]:
        """As ``sequence``, without waiting."""
        unit = group_unit(presses, observe, together, guards, self._macros, self.limits)
        return self._submit([unit])

    async def sequence(
        self,
        presses: Sequence[PressSpec],
        *,
        observe: Observe | None = None,
        together: bool | None = None,
        guards: Sequence[Guard] | None = None,
    ) -> list[Outcome]:
        """Sends presses that belong together as one group: they run contiguously, or, if one of them is wrong, not at all. A
        group waits until there is credit for all of it. ``observe`` looks at its last member; ``together``: the outcomes come when
        all of them are known. With ``guards`` the game decides what of it runs, where the emulator has ``capabilities.guards``: what
        did not run is ``rejected`` with code ``guard``; see ``detail.guard``, and ``detail.waited`` of what was waited for.

        Raises JoywireError ``invalid_argument``, ``group_too_large``, ``unknown_macro``, ``not_controller``, and as the class says.
        """
        return await self.sequence_nowait(presses, observe=observe, together=together, guards=guards)

    #: Another name of ``sequence``.
    group = sequence
    group_nowait = sequence_nowait

    def define(self, name: str, presses: Sequence[PressSpec]) -> None:
        """Gives presses a name, to be used in sequences after it: ``Use(name, times)``. A name that is taken is given anew.

        Raises JoywireError ``invalid_argument``, ``unknown_macro``, ``too_many_macros``, ``unsupported``, ``not_controller``.
        """
        if self.emulator is None:
            raise _watches()
        members, expanded = members_of(presses, self._macros, self.limits)
        definition = self._macros.define(name, members, expanded)
        self._entries.in_order(lambda: self._session.define(definition))

    def keys_nowait(self, buttons: str | int) -> asyncio.Future[Outcome]:
        """As ``keys``, without waiting."""
        return self._submit_one(Single(KEYS, (button_mask(buttons),)))

    async def keys(self, buttons: str | int) -> Outcome:
        """Holds exactly these buttons from now on, until the next ``keys``; 0 or ``""`` releases all."""
        return await self.keys_nowait(buttons)

    def flush(self) -> None:
        """Sends what the gateway's batcher holds back, at once. Keeps its place behind the presses called before."""
        self._entries.in_order(lambda: self._session.send(FLUSH_MESSAGE))

    def cancel(self, from_seq: int = 1) -> None:
        """Gives up what is still queued from this seq on, at the gateway and here: its outcomes are ``rejected`` with
        ``cancelled``. What waits for credit has no seq yet and is given up in any case."""
        self._entries.drop_waiting("cancelled", "cancelled before it was sent")
        self._session.send(cancel(from_seq))

    async def save(self, name: str | None = None) -> Outcome:
        """Saves the game under a name; the gateway makes one up if there is none: ``outcome.checkpoint``."""
        return await self._command("save", compact(name=name))

    async def load(self, name: str) -> Outcome:
        """Continues from a checkpoint. Frame numbers go on."""
        return await self._command("load", {"name": name})

    async def reset(self) -> Outcome:
        """Switches the game off and on again. Frame numbers go on."""
        return await self._command("reset", {})

    async def pace(self, pace: Pace, speed: float | None = None) -> Outcome:
        """Changes the clock the game runs by, in order with the presses. ``speed`` is times 59.7275 frames a second."""
        return await self._command("pace", compact(pace=pace, speed=speed))

    # Looking.

    async def screen(
        self,
        *,
        format: Literal["png", "raw"] = "raw",
        now: bool | None = None,
        emulator: str | None = None,
    ) -> Screen:
        """The picture, after every press called before (or ``now``); of another emulator of the gateway at once."""
        params = compact(format=format, now=now, emulator=emulator)
        return read_screen(await self.call("screen", params), format)

    @overload
    async def memory(
        self, what: int, length: int = 1, *, now: bool | None = None, emulator: str | None = None
    ) -> Memory: ...

    @overload
    async def memory(
        self, what: Sequence[MemoryRange], *, now: bool | None = None, emulator: str | None = None
    ) -> Memory: ...

    async def memory(
        self,
        what: int | Sequence[MemoryRange],
        length: int = 1,
        *,
        now: bool | None = None,
        emulator: str | None = None,
    ) -> Memory:
        """Memory, after every press called before (or ``now``): from an address, or several ranges at one and the same frame.
        Addresses are the Game Boy's, 0 to 0xFFFF."""
        ranges = [[what, length]] if isinstance(what, int) else [list(part) for part in what]
        params = compact(ranges=ranges, now=now, emulator=emulator)
        return read_memory(await self.call("memory", params))

    async def read_stats(
        self, *, scope: Literal["session", "gateway"] | None = None, session: str | None = None
    ) -> Stats:
        """The figures now, of this session unless it is said."""
        return read_stats(await self.call("stats", compact(scope=scope, session=session)))

    def rollout(
        self,
        runs: Sequence[str | Run],
        *,
        frames: int | None = None,
        memory: Sequence[MemoryRange] | None = None,
        hash: bool | None = None,
        screen: Literal["png", "raw"] | None = None,
        keep: bool | None = None,
        outcomes: bool | None = None,
    ) -> Rollout:
        """Runs scripts on games of the gateway's own, as many at once as it has cores to spare, each on from a checkpoint or from this
        session's game as it is after every press called before. The live game goes on untouched. Any number of runs.

        ``frames``: most frames that a run may take. At the end of each: ``memory``, the ``hash`` of the picture, the ``screen``; with
        ``keep`` its state is kept as a checkpoint like others, in memory until the session ends; ``outcomes``: of each entry.
        """
        if self.emulator is None:
            raise _watches()
        wants = compact(
            frames=frames,
            memory=None if memory is None else [list(part) for part in memory],
            hash=hash,
            screen=screen,
            keep=keep,
            outcomes=outcomes,
        )
        return Rollout(runs, wants, self._session, self.limits.max_message_bytes, self._rollout_id)

    def _rollout_id(self) -> str:
        self._rollouts += 1
        return f"py-{self._rollouts}"

    # Checkpoints.

    async def checkpoints(self) -> tuple[Checkpoint, ...]:
        """The checkpoints that fit this game."""
        return read_checkpoints(await self.call("checkpoints"))

    async def download_checkpoint(self, name: str) -> CheckpointBytes:
        """A checkpoint's bytes, to be kept elsewhere and uploaded again."""
        return read_checkpoint_bytes(await self.call("download_checkpoint", {"name": name}))

    async def upload_checkpoint(self, name: str, data: bytes) -> None:
        """Gives the gateway a checkpoint for this game, as ``download_checkpoint`` gave it."""
        await self.call("upload_checkpoint", {"name": name, "bytes": data})

    async def delete_checkpoint(self, name: str) -> None:
        """Forgets a checkpoint."""
        await self.call("delete_checkpoint", {"name": name})

    # The gateway.

    async def emulators(self) -> tuple[EmulatorListing, ...]:
        """The emulators of the gateway."""
        return read_emulators(await self.call("emulators"))

    async def roms(self) -> tuple[Rom, ...]:
        """The ROMs that a session may ask for, by name or hash."""
        return read_roms(await self.call("roms"))

    async def configure(
        self,
        *,
        batching: Batching | None = None,
        observe: Observe | Unchanged | None = UNCHANGED,
        on_failure: OnFailure | None = None,
        approximate: bool | None = None,
    ) -> SessionSettings:
        """Changes settings of the session; what is absent stays as it is. ``observe=None`` takes the default observation away."""
        params = compact(
            batching=None if batching is None else batching_map(batching),
            onFailure=on_failure,
            approximate=approximate,
        )
        if not isinstance(observe, Unchanged):
            params["observe"] = None if observe is None else observe_map(observe)
        settings = read_settings(await self.call("configure", params))
        if on_failure is not None:
            self._entries.on_failure = on_failure
        self._batching = settings.batching
        return settings

    async def authenticate(self, token: str) -> None:
        """Presents another token of the same name before the one of now expires (event ``token_expiring``); the session goes on.

        Raises JoywireError ``unauthorized``.
        """
        await self.call("authenticate", {"token": token})
        self._on_token(token)

    async def grant_control(self, request: int, grant: bool = True) -> None:
        """Answers ``control_requested``: whether who asks may have control of the emulator."""
        await self.call("grant_control", {"request": request, "grant": grant})

    async def give_back(self) -> None:
        """Gives control back to the session it was taken from, after every press called before. This session stays, and gets
        control again when no other is left; ``close`` would end it. Raises JoywireError ``not_controller``, ``unsupported``."""
        await self.call("give_back")

    async def take_control(self) -> None:
        """Takes control again after it was lost or given back. Raises JoywireError ``control_refused``."""
        await self.call("take_control")

    async def sessions(self) -> tuple[SessionListing, ...]:
        """Every session of the gateway, for admins. Raises JoywireError ``forbidden``."""
        return read_sessions(await self.call("sessions"))

    async def kick(self, *, session: str | None = None, connection: int | None = None) -> None:
        """Ends a connection, for admins: its client is told not to come back."""
        await self.call("kick", compact(session=session, connection=connection))

    async def release(self, *, session: str | None = None, emulator: str | None = None) -> None:
        """Ends a session, or every session on that emulator, and frees the emulator, for admins."""
        await self.call("release", compact(session=session, emulator=emulator))

    def call_nowait(self, method: str, params: Params | None = None) -> asyncio.Future[Any]:
        """As ``call``, without waiting."""
        return self._session.call(method, {} if params is None else params)

    async def call(self, method: str, params: Params | None = None) -> Any:
        """Any call of the protocol; the result is as it came. Without ``now: True`` it keeps its place behind the presses called
        before. Raises JoywireError with the gateway's code, such as ``unknown_method``."""
        return await self.call_nowait(method, params)

    # Channels.

    def stats(
        self,
        *,
        interval_ms: float | None = None,
        scope: Literal["session", "gateway"] | None = None,
        session: str | None = None,
    ) -> Subscription[Stats]:
        """Figures again and again: ``async for stats in pad.stats(interval_ms=500)``."""
        options = compact(intervalMs=interval_ms, scope=scope, session=session)
        return self.subscribe("stats", options, read_stats)

    def pictures(
        self, *, fps: int | None = None, scale: Literal[1, 2] | None = None, emulator: str | None = None
    ) -> Subscription[Picture]:
        """The game's picture whenever it changes, at most ``fps`` times a second (30): ``async for picture in pad.pictures()``. It
        ends when the game does."""
        options = compact(fps=fps, scale=scale, emulator=emulator)
        return self.subscribe("screen", options, picture_reader())

    def sound(self, *, emulator: str | None = None) -> Subscription[Sound]:
        """The game's sound at pace ``realtime``, for a game that was started with ``Emulator(sound=True)``. The reader may fall
        behind by half a second before it misses some."""
        return self.subscribe("audio", compact(emulator=emulator), read_sound, SOUNDS_KEPT)

    def profile(
        self, *, interval_ms: float | None = None, session: str | None = None
    ) -> Subscription[Profile]:
        """Of every entry that is accepted from now on, when it reached each stage of its way through the gateway."""
        options = compact(intervalMs=interval_ms, session=session)
        return self.subscribe("profile", options, read_profile, PROFILES_KEPT)

    def subscribe(
        self,
        channel: str,
        options: Mapping[str, Any] | None = None,
        read: Read[Any] = lambda payload: payload,
        most: int = 1,
    ) -> Subscription[Any]:
        """Subscribes to a channel; ``read`` turns each payload into what is handed on, and ``most`` are kept for a slow reader."""
        return self._session.channels.subscribe(channel, options or {}, read, most)

    # The end.

    async def close(self, discard: bool = False) -> None:
        """Leaves: no more entries are taken, what was called runs out and is acked (with ``discard`` what is still queued is
        ``rejected: discarded``), the emulator is released. Returns when closed; while the session is being resumed it waits for
        that, except to discard. Cancelled, it goes on in the background."""
        self._session.bye(discard)
        await asyncio.shield(self._session.closed)

    async def wait_closed(self) -> None:
        """Returns once the session has ended, for whatever reason: ``state`` says which."""
        await asyncio.shield(self._session.closed)

    async def __aenter__(self) -> Pad:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        # Whoever fails does not want what is queued to go on without them.
        await self.close(discard=kind is not None)

    async def _command(self, method: str, params: dict[str, Any]) -> Outcome:
        return await self._submit_one(Single(COMMAND, (method, params)))

    def _submit_one(self, unit: Unit) -> asyncio.Future[Outcome]:
        if self.emulator is None:
            raise _watches()
        return self._entries.submit((unit,), single=True)

    def _submit(self, units: list[Unit]) -> asyncio.Future[list[Outcome]]:
        if self.emulator is None:
            raise _watches()
        return self._entries.submit(units)


def _watches() -> JoywireError:
    return JoywireError("not_controller", "this session watches; it has no emulator to send entries to")
