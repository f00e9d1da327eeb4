"""A TCP proxy in front of a gateway that breaks its lines."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Cut:
    """Breaks a line after so many bytes of a direction: ``up`` is to the gateway."""

    up: int | None = None
    down: int | None = None
    #: Whether the line stays and nothing passes any more.
    stall: bool = False


@dataclass
class Proxy:
    port: int
    #: What happens to each connection, by its number from 0.
    plan: Callable[[int], Cut | None] = lambda _: None
    connections: int = 0
    _server: asyncio.Server | None = None
    _lines: set[asyncio.StreamWriter] = field(default_factory=set)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"ws://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def __aenter__(self) -> Proxy:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *exception: object) -> None:
        assert self._server is not None
        self._server.close()
        self.cut_all()
        for task in self._tasks:
            task.cancel()

    def cut_all(self) -> None:
        """Every line breaks now."""
        for line in tuple(self._lines):
            line.transport.abort()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        cut = self.plan(self.connections) or Cut()
        self.connections += 1
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            writer.transport.abort()
            return
        lines = {writer, far_writer}
        self._lines |= lines
        for source, target, most in [(reader, far_writer, cut.up), (far_reader, writer, cut.down)]:
            task = asyncio.ensure_future(self._pump(source, target, most, cut.stall, lines))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pump(
        self,
        source: asyncio.StreamReader,
        target: asyncio.StreamWriter,
        most: int | None,
        stall: bool,
        lines: set[asyncio.StreamWriter],
    ) -> None:
        left = most
        try:
            while data := await source.read(65536):
                if left is not None:
                    data, left = data[:left], left - len(data)
                target.write(data)
                await target.drain()
                if left is not None and left <= 0:
                    if stall:
                        await asyncio.Event().wait()
                    break
        except OSError:
            pass
        for line in lines:
            self._lines.discard(line)
            line.close()
