"""The same without asyncio: ``with joywire.sync.connect(url) as pad``. Names and meanings are those of :class:`joywire.Pad`.

Sessions live in a thread in the background, which keeps the line alive while the program thinks. A pad may be used from several
threads; the order of the calls of each thread is kept. Listeners and callbacks are called in the background's thread.
"""

from __future__ import annotations

import atexit
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, wait
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from . import pad as _pad
from . import rollout as _rollout
from .answers import Event
from .background import Background, background
from .connecting import Connecting
from .guards import Guard
from .listeners import EventName, Listener
from .options import Options, Ticket
from .pad import UNCHANGED, Unchanged
from .pictures import Picture
from .pool import Pool as _Pool
from .presses import PressSpec
from .profile import Profile
from .results import (
    Checkpoint,
    CheckpointBytes,
    EmulatorListing,
    Memory,
    Rom,
    Screen,
    SessionListing,
    SessionSettings,
)
from .runs import Run, RunResult
from .session import State
from .sound import Sound
from .stats import Stats
from .subscription import Read, Subscription
from .types import Batching, EmulatorInfo, Limits, MemoryRange, Observe, OnFailure, Outcome, Pace, Params

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .options import ConnectOptions

T = TypeVar("T")

#: How long a program that ends waits for its sessions to be left.
LEAVE_S = 2.0


def connect(address: str, **options: Unpack[ConnectOptions]) -> Pad:
    """Opens a session, as :func:`joywire.connect`; ``close()`` or the end of a ``with`` leaves it."""
    chosen = Options(**options)
    home = background()

    async def begin() -> _pad.Pad:
        return await Connecting(address, chosen)

    return Pad(home.wait(begin), home)


class Stream(Generic[T]):
    """A subscription: ``for payload in stream``. As :class:`joywire.Subscription`."""

    def __init__(self, subscription: Subscription[T], pad: Pad, home: Background) -> None:
        self._subscription = subscription
        #: A session lasts as long as somebody has it.
        self._pad = pad
        self._home = home

    @property
    def missed(self) -> int:
        """How many payloads between the latest two handed over were replaced by newer ones."""
        return self._subscription.missed

    def __iter__(self) -> Stream[T]:
        return self

    def __next__(self) -> T:
        # An exception StopIteration cannot pass through a future.
        found = self._home.wait(self._next)
        if not found:
            raise StopIteration
        return found[0]

    def close(self) -> None:
        """Ends the subscription; safe to call again."""
        self._home.do(self._subscription.close)

    def __enter__(self) -> Stream[T]:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    async def _next(self) -> list[T]:
        try:
            return [await self._subscription.next()]
        except StopAsyncIteration:
            return []


class Rollout:
    """Runs under way: ``for result in rollout``, or ``rollout.all()``. As :class:`joywire.Rollout`."""

    def __init__(self, rollout: _rollout.Rollout, pad: Pad, home: Background) -> None:
        self._rollout = rollout
        self._pad = pad
        self._home = home
        self.total: int = rollout.total

    @property
    def finished(self) -> int:
        return self._rollout.finished

    def all(self) -> list[RunResult]:
        return self._home.wait(self._rollout.all)

    def cancel(self) -> None:
        self._home.do(self._rollout.cancel)

    def __iter__(self) -> Iterator[RunResult]:
        for position in range(self.total):
            result = self._result_at(position)
            if result is None:
                return
            yield result

    def __enter__(self) -> Rollout:
        return self

    def __exit__(self, *exception: object) -> None:
        self.cancel()

    def _result_at(self, position: int) -> RunResult | None:
        return self._home.wait(lambda: self._rollout.result_at(position))


class Pad:
    """A session on a gateway; see :class:`joywire.Pad` for what each method does."""

    def __init__(self, pad: _pad.Pad, home: Background) -> None:
        self._pad = pad
        self._home = home
        self.session: str = pad.session
        self.emulator: EmulatorInfo | None = pad.emulator
        self.limits: Limits = pad.limits
        self.server: str = pad.server
        self.resumed: bool = pad.resumed
        _open.add(self)
        # Who lets go of a session without closing it leaves its emulator to others.
        weakref.finalize(self, _leave, pad, home).atexit = False

    @property
    def state(self) -> State:
        return self._pad.state

    @property
    def controls(self) -> bool:
        return self._pad.controls

    @property
    def batching(self) -> Batching:
        return self._pad.batching

    @property
    def credit(self) -> tuple[int, int]:
        return self._pad.credit

    @property
    def ticket(self) -> Ticket:
        return self._pad.ticket

    def on(self, name: EventName, listener: Listener) -> Callable[[], None]:
        return self._pad.on(name, listener)

    def events(self) -> Stream[Event]:
        return self._stream(lambda pad: pad.events())

    # Entries.

    def press_nowait(
        self,
        buttons: str | int,
        hold: int | None = None,
        gap: int | None = None,
        *,
        observe: Observe | None = None,
    ) -> Future[Outcome]:
        return self._home.start(lambda: self._pad.press_nowait(buttons, hold, gap, observe=observe))

    def press(
        self,
        buttons: str | int,
        hold: int | None = None,
        gap: int | None = None,
        *,
        observe: Observe | None = None,
    ) -> Outcome:
        return self._home.wait(lambda: self._pad.press_nowait(buttons, hold, gap, observe=observe))

    def send_nowait(
        self, script: str, *, observe: Observe | None = None, together: bool | None = None
    ) -> Future[list[Outcome]]:
        return self._home.start(lambda: self._pad.send_nowait(script, observe=observe, together=together))

    def send(
        self, script: str, *, observe: Observe | None = None, together: bool | None = None
    ) -> list[Outcome]:
        return self._home.wait(lambda: self._pad.send_nowait(script, observe=observe, together=together))

    def sequence_nowait(
        self,
        presses: Sequence[PressSpec],
        *,
        observe: Observe | None = None,
        together: bool | None = None,
        guards: Sequence[Guard] | None = None,
    ) -> Future[list[Outcome]]:
        return self._home.start(
            lambda: self._pad.sequence_nowait(presses, observe=observe, together=together, guards=guards)
        )

    def sequence(
        self,
        presses: Sequence[PressSpec],
        *,
        observe: Observe | None = None,
        together: bool | None = None,
        guards: Sequence[Guard] | None = None,
    ) -> list[Outcome]:
        return self._home.wait(
            lambda: self._pad.sequence_nowait(presses, observe=observe, together=together, guards=guards)
        )

    group = sequence
    group_nowait = sequence_nowait

    def define(self, name: str, presses: Sequence[PressSpec]) -> None:
        self._home.do(lambda: self._pad.define(name, presses))

    def keys_nowait(self, buttons: str | int) -> Future[Outcome]:
        return self._home.start(lambda: self._pad.keys_nowait(buttons))

    def keys(self, buttons: str | int) -> Outcome:
        return self._home.wait(lambda: self._pad.keys_nowait(buttons))

    def flush(self) -> None:
        self._home.do(self._pad.flush)

    def flush_nowait(self) -> None:
        """As ``flush``, in the order of the calls of this thread, without waiting until it has been sent."""
        self._home.loop.call_soon_threadsafe(self._pad.flush)

    def cancel(self, from_seq: int = 1) -> None:
        self._home.do(lambda: self._pad.cancel(from_seq))

    def save(self, name: str | None = None) -> Outcome:
        return self._home.wait(lambda: self._pad.save(name))

    def load(self, name: str) -> Outcome:
        return self._home.wait(lambda: self._pad.load(name))

    def reset(self) -> Outcome:
        return self._home.wait(self._pad.reset)

    def pace(self, pace: Pace, speed: float | None = None) -> Outcome:
        return self._home.wait(lambda: self._pad.pace(pace, speed))

    # Looking.

    def screen(
        self,
        *,
        format: Literal["png", "raw"] = "raw",
        now: bool | None = None,
        emulator: str | None = None,
    ) -> Screen:
        return self._home.wait(lambda: self._pad.screen(format=format, now=now, emulator=emulator))

    def memory(
        self,
        what: int | Sequence[MemoryRange],
        length: int = 1,
        *,
        now: bool | None = None,
        emulator: str | None = None,
    ) -> Memory:
        ranges = [(what, length)] if isinstance(what, int) else what
        return self._home.wait(lambda: self._pad.memory(ranges, now=now, emulator=emulator))

    def read_stats(
        self, *, scope: Literal["session", "gateway"] | None = None, session: str | None = None
    ) -> Stats:
        return self._home.wait(lambda: self._pad.read_stats(scope=scope, session=session))

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
        begun = self._home.do(
            lambda: self._pad.rollout(
                runs,
                frames=frames,
                memory=memory,
                hash=hash,
                screen=screen,
                keep=keep,
                outcomes=outcomes,
            )
        )
        return Rollout(begun, self, self._home)

    # Checkpoints.

    def checkpoints(self) -> tuple[Checkpoint, ...]:
        return self._home.wait(self._pad.checkpoints)

    def download_checkpoint(self, name: str) -> CheckpointBytes:
        return self._home.wait(lambda: self._pad.download_checkpoint(name))

    def upload_checkpoint(self, name: str, data: bytes) -> None:
        self._home.wait(lambda: self._pad.upload_checkpoint(name, data))

    def delete_checkpoint(self, name: str) -> None:
        self._home.wait(lambda: self._pad.delete_checkpoint(name))

    # The gateway.

    def emulators(self) -> tuple[EmulatorListing, ...]:
        return self._home.wait(self._pad.emulators)

    def roms(self) -> tuple[Rom, ...]:
        return self._home.wait(self._pad.roms)

    def configure(
        self,
        *,
        batching: Batching | None = None,
        observe: Observe | Unchanged | None = UNCHANGED,
        on_failure: OnFailure | None = None,
        approximate: bool | None = None,
    ) -> SessionSettings:
        return self._home.wait(
            lambda: self._pad.configure(
                batching=batching, observe=observe, on_failure=on_failure, approximate=approximate
            )
        )

    def authenticate(self, token: str) -> None:
        self._home.wait(lambda: self._pad.authenticate(token))

    def grant_control(self, request: int, grant: bool = True) -> None:
        self._home.wait(lambda: self._pad.grant_control(request, grant))

    def give_back(self) -> None:
        self._home.wait(self._pad.give_back)

    def take_control(self) -> None:
        self._home.wait(self._pad.take_control)

    def sessions(self) -> tuple[SessionListing, ...]:
        return self._home.wait(self._pad.sessions)

    def kick(self, *, session: str | None = None, connection: int | None = None) -> None:
        self._home.wait(lambda: self._pad.kick(session=session, connection=connection))

    def release(self, *, session: str | None = None, emulator: str | None = None) -> None:
        self._home.wait(lambda: self._pad.release(session=session, emulator=emulator))

    def call_nowait(self, method: str, params: Params | None = None) -> Future[Any]:
        return self._home.start(lambda: self._pad.call_nowait(method, params))

    def call(self, method: str, params: Params | None = None) -> Any:
        return self._home.wait(lambda: self._pad.call_nowait(method, params))

    # Channels.

    def stats(
        self,
        *,
        interval_ms: float | None = None,
        scope: Literal["session", "gateway"] | None = None,
        session: str | None = None,
    ) -> Stream[Stats]:
        return self._stream(lambda pad: pad.stats(interval_ms=interval_ms, scope=scope, session=session))

    def pictures(
        self, *, fps: int | None = None, scale: Literal[1, 2] | None = None, emulator: str | None = None
    ) -> Stream[Picture]:
        return self._stream(lambda pad: pad.pictures(fps=fps, scale=scale, emulator=emulator))

    def sound(self, *, emulator: str | None = None) -> Stream[Sound]:
        return self._stream(lambda pad: pad.sound(emulator=emulator))

    def profile(self, *, interval_ms: float | None = None, session: str | None = None) -> Stream[Profile]:
        return self._stream(lambda pad: pad.profile(interval_ms=interval_ms, session=session))

    def subscribe(
        self,
        channel: str,
        options: Mapping[str, Any] | None = None,
        read: Read[Any] = lambda payload: payload,
        most: int = 1,
    ) -> Stream[Any]:
        return self._stream(lambda pad: pad.subscribe(channel, options, read, most))

    # The end.

    def close(self, discard: bool = False) -> None:
        self._home.wait(lambda: self._pad.close(discard))

    def close_nowait(self, discard: bool = False) -> Future[None]:
        """As ``close``, without waiting."""
        return self._home.start(lambda: self._pad.close(discard))

    def wait_closed(self) -> None:
        self._home.wait(self._pad.wait_closed)

    def __enter__(self) -> Pad:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        self.close(discard=kind is not None)

    def _stream(self, subscribe: Callable[[_pad.Pad], Subscription[T]]) -> Stream[T]:
        return Stream(self._home.do(lambda: subscribe(self._pad)), self, self._home)


#: Sessions that somebody has.
_open: weakref.WeakSet[Pad] = weakref.WeakSet()


def _leave(pad: _pad.Pad, home: Background) -> None:
    """As ``close``, without waiting."""
    if pad.state.status != "closed" and home.runs:
        home.start(pad.close)


@atexit.register
def _leave_all() -> None:
    """A program that ends without closing its sessions leaves their emulators to others too."""
    leaving = [pad.close_nowait() for pad in tuple(_open) if pad.state.status != "closed"]
    wait(leaving, LEAVE_S)


class Pool:
    """``with Pool(url) as pool``, then ``with pool.acquire() as pad``; see :class:`joywire.Pool`."""

    def __init__(self, address: str, **options: Unpack[ConnectOptions]) -> None:
        self._home = background()
        self._pool = _Pool(address, **options)

    @property
    def acquired(self) -> int:
        return self._pool.acquired

    def acquire(self, **options: Unpack[ConnectOptions]) -> Pad:
        async def begin() -> _pad.Pad:
            return await self._pool.acquire(**options)

        return Pad(self._home.wait(begin), self._home)

    def close(self) -> None:
        self._home.wait(self._pool.close)

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
