"""Where episodes begin: checkpoints of the gateway, kept here as well in case it loses them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..errors import JoywireError, client_error
from ..pad import Pad
from ..types import Outcome
from .task import Task


class Starts:
    """Those of one environment; all of its games share them."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._states: dict[str, bytes] = {}
        self.names: tuple[str, ...] = task.states

    async def make(self, pad: Pad) -> None:
        """Plays the script ``start`` in a game from power-on, and saves that; or looks whether the checkpoints are there.

        Raises JoywireError ``unknown_checkpoint``, and the code of whatever did not run.
        """
        if not self.names:
            name = self._name(pad)
            for outcome in await pad.send(self._task.start):
                check_ran(outcome, "start")
            check_ran(await pad.save(name), "start")
            self.names = (name,)
        for name in self.names:
            self._states[name] = (await pad.download_checkpoint(name)).data

    async def restore(self, pad: Pad, name: str) -> bool:
        """Gives a gateway a checkpoint that it does not have; False if it is none of these."""
        data = self._states.get(name)
        if data is None:
            return False
        await pad.upload_checkpoint(name, data)
        return True

    def _name(self, pad: Pad) -> str:
        """The same for the same game and script: it then holds the same, and many runs leave one checkpoint behind."""
        emulator = pad.emulator
        assert emulator is not None
        what = f"{pad.server} {emulator.rom_hash} {emulator.capabilities.sound} {self._task.start}"
        return f"gym-{hashlib.sha256(what.encode()).hexdigest()[:16]}"


def check_ran(outcome: Outcome, what: str) -> None:
    """Raises JoywireError with the code of what did not run."""
    if outcome.executed or outcome.code == "guard":
        return
    message = outcome.detail.message if outcome.detail is not None else None
    raise JoywireError(outcome.code or outcome.status, f"{what}: {message or outcome.status}")


def chosen_state(
    options: Mapping[str, Any], names: Sequence[str], random: Callable[[], np.random.Generator]
) -> str:
    """The checkpoint that a reset asks for, or else one of ``names``. Raises JoywireError ``invalid_argument``."""
    for name in options:
        if name != "state":
            raise client_error("invalid_argument", f"options: got {name!r}; allowed: state")
    wanted = options.get("state")
    if wanted is not None and not isinstance(wanted, str):
        raise client_error(
            "invalid_argument", f"options: state: got {wanted!r}; allowed: a checkpoint's name"
        )
    if wanted is not None:
        return wanted
    return names[0] if len(names) == 1 else names[int(random().integers(len(names)))]
