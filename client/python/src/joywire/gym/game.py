"""One game of an environment: a session that plays actions and goes back to where episodes begin. It lives in an event loop."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from ..connecting import Connecting
from ..errors import JoywireError, client_error
from ..options import Options
from ..pad import Pad
from ..types import Capabilities, Emulator, Outcome, Press
from .actions import Action
from .starts import Starts, check_ran
from .task import Task

#: Takes no time, and so sees the game as it is.
LOOK = (Press(0, 0, 0),)


class Game:
    def __init__(self, url: str, task: Task, starts: Starts) -> None:
        self._url = url
        self._task = task
        self._starts = starts
        self._options = _options(task)
        self._pad: Pad | None = None

    @property
    def pad(self) -> Pad:
        """Its session of now."""
        assert self._pad is not None
        return self._pad

    async def open(self) -> None:
        """Leases an emulator. Raises JoywireError as ``connect`` does, and ``unsupported`` naming what the emulator cannot do."""
        pad = await Connecting(self._url, self._options)
        try:
            _check_capabilities(pad, self._task)
        except JoywireError:
            await pad.close()
            raise
        self._pad = pad

    def play(self, action: Action) -> asyncio.Future[list[Outcome]]:
        """Sends one step; all of its outcomes come together, and the last one has what was seen."""
        return self.pad.sequence_nowait(action.presses, together=True, guards=action.guards)

    async def go_back(self, name: str) -> Outcome:
        """Loads a checkpoint and looks, in one flight of messages; the outcome has what was seen. A session that is over is
        replaced by another one, and a checkpoint that the gateway has lost is given to it again.

        Raises JoywireError ``unknown_checkpoint``, as ``open`` does, or the code of whatever did not run.
        """
        if self.pad.state.status == "closed":
            await self.open()
        loaded, look = await self._load(name)
        if loaded.code == "unknown_checkpoint" and await self._starts.restore(self.pad, name):
            loaded, look = await self._load(name)
        check_ran(loaded, f"state {name!r}")
        check_ran(look, "reset")
        return look

    async def picture(self) -> bytes:
        """The raw picture as it is now."""
        return (await self.pad.screen()).data

    async def close(self) -> None:
        """Gives the emulator back."""
        if self._pad is not None:
            await self._pad.close(discard=True)

    async def _load(self, name: str) -> tuple[Outcome, Outcome]:
        async def look() -> Outcome:
            return (await self.pad.sequence(LOOK))[0]

        return await asyncio.gather(self.pad.load(name), look())


def _options(task: Task) -> Options:
    chosen: dict[str, Any] = {"label": "gym", **(task.connect or {})}
    emulator: Emulator = chosen.pop("emulator", None) or Emulator()
    if emulator.state is not None:
        raise client_error(
            "invalid_argument", "connect: episodes begin at the option state, not at emulator.state"
        )
    wanted = replace(
        emulator,
        rom=emulator.rom if task.rom is None else task.rom,
        wait_ms=task.wait_ms if emulator.wait_ms is None else emulator.wait_ms,
    )
    return Options(**chosen, emulator=wanted, observe=task.observe, pace="turbo")


def _check_capabilities(pad: Pad, task: Task) -> None:
    assert pad.emulator is not None
    has: Capabilities = pad.emulator.capabilities
    wanted = {
        "states": "to go back to where episodes begin",
        "freeze": "so that the game stands still between steps",
        **({"memory": "for the ranges to be read"} if task.memory else {}),
        **({"screen": "for the picture"} if task.sees_screen or task.hash or task.render_mode else {}),
    }
    for name, why in wanted.items():
        if not getattr(has, name):
            message = f"{name}: an environment needs it {why}; emulators of kind {pad.emulator.kind!r} do not have it"
            raise client_error("unsupported", message)
