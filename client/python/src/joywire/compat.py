"""The names of an earlier client for pokemon-gym, over a Joywire session: programs written for it run as they are.

``port`` is the port of a gateway on 127.0.0.1. What that client did by itself (count how fast inputs come, hold them back, send several at
once) is done by the gateway's strategy ``threshold``, whose settings a :class:`BufferConfig` has; so inputs run in the order in which they
were sent, whichever way they were sent.
"""

from __future__ import annotations

import asyncio
import os
import queue
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from . import sync
from .errors import JoywireError
from .script import ScriptGroup, ScriptItem, compile_script
from .types import Batching, Outcome

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .options import ConnectOptions

T = TypeVar("T")

#: Where a gateway listens unless it is said.
DEFAULT_URL = "ws://127.0.0.1:8080"


class EmulatorPoolError(JoywireError):
    """What goes wrong here: a :class:`JoywireError` under the name that such programs catch."""


@dataclass(frozen=True, slots=True)
class BufferConfig:
    """When inputs are sent one by one and when together."""

    #: Longest wait of an input, in ms.
    max_wait_ms: float = 3.0
    #: Waiting inputs that are sent at once.
    max_batch_size: int = 8
    #: Inputs in the last second from which on they are batched.
    high_frequency_threshold: int = 5

    def batching(self) -> Batching:
        """The same as settings of a session."""
        return Batching(
            strategy="threshold",
            max_wait_ms=self.max_wait_ms,
            max_batch_size=self.max_batch_size,
            high_frequency_threshold=self.high_frequency_threshold,
        )


@dataclass(frozen=True, slots=True)
class CompiledScript:
    """A script that has been read."""

    text: str
    items: tuple[ScriptItem, ...]

    @property
    def inputs(self) -> int:
        """How many inputs it stands for."""
        return sum(len(item.presses) if isinstance(item, ScriptGroup) else 1 for item in self.items)


class ScriptCompiler:
    """Reads scripts before they are to run."""

    def compile(self, script: str) -> CompiledScript:
        """Raises EmulatorPoolError ``script_error`` naming line and column."""
        return CompiledScript(script, _told(lambda: compile_script(script)))


class PokemonGymClient:
    """One game. It is leased from the gateway when the first input is sent, and given back by ``close()``.

    Inputs are a script: ``A B START``, and all else that scripts can say. Every form returns a map with ``status`` (``success``),
    ``inputs``, ``inputs_processed``, ``frame`` (frames run after it) and ``outcomes``, and raises :class:`EmulatorPoolError` if an
    input did not run.
    """

    def __init__(
        self,
        port: int = 8080,
        container_id: str | None = None,
        config: BufferConfig | None = None,
        **options: Unpack[ConnectOptions],
    ) -> None:
        """``container_id`` is what the session is called; ``options`` are those of :func:`joywire.connect`."""
        self.port = port
        self.container_id = container_id
        batching = (config or BufferConfig()).batching()
        self._options: Any = {"label": container_id, "batching": batching, **options}
        self._pad: sync.Pad | None = None

    @property
    def pad(self) -> sync.Pad:
        """The session, with everything else it can do."""
        if self._pad is None:
            self._pad = _told(lambda: sync.connect(f"ws://127.0.0.1:{self.port}", **self._options))
        return self._pad

    def send_input(self, inputs: str) -> dict[str, Any]:
        """Sends inputs and waits until they have run."""
        return _told(lambda: _result(inputs, self._send_now(inputs).result()))

    async def send_input_async(self, inputs: str) -> dict[str, Any]:
        """As ``send_input``, without holding up the event loop."""
        return await _awaited(inputs, lambda: self._send_now(inputs))

    async def send_input_batch_async(self, sequences: Sequence[str]) -> list[dict[str, Any]]:
        """Sends several at once; they run in this order."""
        started = [asyncio.ensure_future(self.send_input_async(inputs)) for inputs in sequences]
        results = await asyncio.gather(*started, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return [result for result in results if isinstance(result, dict)]

    async def send_input_optimized(self, inputs: str) -> dict[str, Any]:
        """Leaves it to the gateway when it is sent: at once while few inputs come, with others when many do."""
        return await _awaited(inputs, lambda: self.pad.send_nowait(inputs))

    async def execute_compiled_script_optimized(self, script: CompiledScript) -> dict[str, Any]:
        """Sends a whole script at once."""
        return await self.send_input_async(script.text)

    def close(self) -> None:
        """Gives the game back, once what was sent has run."""
        if self._pad is not None:
            self._pad.close()

    def __enter__(self) -> PokemonGymClient:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _send_now(self, inputs: str) -> Future[list[Outcome]]:
        pad = self.pad
        sent = pad.send_nowait(inputs)
        pad.flush_nowait()
        return sent


class OptimizedInputManager:
    """Sends what a client sends by these settings, and tells how that went."""

    def __init__(self, client: PokemonGymClient, config: BufferConfig | None = None) -> None:
        self.client = client
        self.config = config or BufferConfig()
        _told(lambda: client.pad.configure(batching=self.config.batching()))

    async def send_input_optimized(self, inputs: str) -> dict[str, Any]:
        """As the client's."""
        return await self.client.send_input_optimized(inputs)

    def get_performance_stats(self) -> dict[str, Any]:
        """Figures of the session since it began: ``buffering_ratio`` is the share of inputs that travelled with others."""
        span = _told(lambda: self.client.pad.read_stats()).since_start
        latency = span.latency_us
        return {
            "total_inputs": span.inputs,
            "total_batches": span.batches,
            "buffering_ratio": span.buffering_ratio,
            "avg_batch_size": span.average_batch_size,
            "max_batch_size": span.largest_batch_size,
            "inputs_per_second": span.inputs_per_second,
            "flush_reasons": dict(span.flush_reasons),
            "outcomes": dict(span.outcomes),
            "avg_latency_ms": None if latency is None else latency.total.p50 / 1000,
        }


class EmulatorPool:
    """Games to be lent out, each to one at a time."""

    def __init__(
        self, pool_size: int = 4, port: int | None = None, **options: Unpack[ConnectOptions]
    ) -> None:
        """``port`` is the gateway's; absent: that of JOYWIRE_URL, or 8080."""
        url = os.environ.get("JOYWIRE_URL", DEFAULT_URL)
        self.pool_size = pool_size
        self._port = int(url.rstrip("/").rsplit(":", 1)[1]) if port is None else port
        self._options: Any = options
        self._clients: list[PokemonGymClient] = []
        self._free: queue.Queue[PokemonGymClient] = queue.Queue()

    def initialize(self) -> None:
        """Leases all games. Raises EmulatorPoolError, and gives back those it got, if there are not so many."""
        try:
            for number in range(len(self._clients), self.pool_size):
                client = PokemonGymClient(self._port, f"emulator-{number + 1}", **self._options)
                self._clients.append(client)
                client.pad.emulators()
        except JoywireError as error:
            self.shutdown()
            raise _pool_error(error) from error
        for client in self._clients:
            self._free.put(client)

    @contextmanager
    def acquire_emulator(self, timeout: float | None = None) -> Iterator[PokemonGymClient]:
        """Lends one out, waiting for it at most ``timeout`` seconds. Raises EmulatorPoolError ``no_emulator``."""
        client = self.acquire(timeout)
        try:
            yield client
        finally:
            self.release(client)

    def acquire(self, timeout: float | None = None) -> PokemonGymClient:
        """As ``acquire_emulator``; to be given back by ``release``."""
        if not self._clients:
            raise EmulatorPoolError("no_emulator", "the pool has not been initialized")
        try:
            return self._free.get(timeout=timeout)
        except queue.Empty:
            message = f"all {self.pool_size} emulators are lent out"
            raise EmulatorPoolError("no_emulator", message) from None

    def release(self, client: PokemonGymClient) -> None:
        """Takes one back."""
        self._free.put(client)

    def shutdown(self) -> None:
        """Gives all games back to the gateway."""
        clients, self._clients = self._clients, []
        self._free = queue.Queue()
        for client in clients:
            client.close()

    def __enter__(self) -> EmulatorPool:
        if not self._clients:
            self.initialize()
        return self

    def __exit__(self, *exception: object) -> None:
        self.shutdown()


async def _awaited(inputs: str, send: Callable[[], Future[list[Outcome]]]) -> dict[str, Any]:
    try:
        outcomes: list[Outcome] = await asyncio.wrap_future(send())
        return _result(inputs, outcomes)
    except EmulatorPoolError:
        raise
    except JoywireError as error:
        raise _pool_error(error) from error


def _result(inputs: str, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    for outcome in outcomes:
        if not outcome.executed:
            why = outcome.detail.message if outcome.detail is not None else None
            raise EmulatorPoolError(
                outcome.code or outcome.status,
                f"input {outcome.seq} was {outcome.status}: {why}",
                {"outcomes": outcomes},
            )
    last = outcomes[-1] if outcomes else None
    frame = None if last is None else (last.first_frame or 0) + last.frames
    return {
        "status": "success",
        "inputs": inputs,
        "inputs_processed": len(outcomes),
        "frame": frame,
        "outcomes": list(outcomes),
    }


def _told(action: Callable[[], T]) -> T:
    """What ``action`` gives; its errors under the name that is caught here."""
    try:
        return action()
    except EmulatorPoolError:
        raise
    except JoywireError as error:
        raise _pool_error(error) from error


def _pool_error(error: JoywireError) -> EmulatorPoolError:
    return EmulatorPoolError(error.code, error.message, error.details)
