"""The games of a vector environment, moved together. It lives in an event loop; ``run`` is called from another thread."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, TypeAlias

from ..background import Background
from ..errors import JoywireError
from ..types import Outcome
from .actions import Action
from .game import Game
from .starts import Starts
from .task import Task

#: What a game is to do: play an action, or go back to the checkpoint of a name.
Move: TypeAlias = Action | str


class Ensemble:
    def __init__(self, home: Background, urls: Sequence[str], count: int, task: Task) -> None:
        self._home = home
        self.starts = Starts(task)
        self._games = [Game(urls[at % len(urls)], task, self.starts) for at in range(count)]

    def open(self) -> None:
        """Leases all games, or none. Raises JoywireError as ``Game.open`` and ``Starts.make``."""
        self._home.wait(self._open)

    def run(self, moves: Mapping[int, Move]) -> dict[int, list[Outcome]]:
        """Sends all moves before it waits for any, and returns when all of them are over.

        Raises JoywireError, the first game's of those that have one, as ``Game.go_back`` or as the session's end has it.
        """

        async def together() -> list[Any]:
            begun = [self._begin(at, move) for at, move in moves.items()]
            return await asyncio.gather(*begun, return_exceptions=True)

        answers = dict(zip(moves, self._home.wait(together), strict=True))
        for at, answer in answers.items():
            if isinstance(answer, BaseException):
                raise _of_game(at, answer)
        return answers

    def pictures(self) -> list[bytes]:
        """The raw picture of each game as it is now."""

        async def together() -> list[bytes]:
            return await asyncio.gather(*(game.picture() for game in self._games))

        return self._home.wait(together)

    def close(self) -> None:
        self._home.wait(self._close)

    def _begin(self, at: int, move: Move) -> Awaitable[list[Outcome]]:
        game = self._games[at]
        return _listed(game.go_back(move)) if isinstance(move, str) else game.play(move)

    async def _open(self) -> None:
        first, *others = self._games
        try:
            await first.open()
            await self.starts.make(first.pad)
            answers = await asyncio.gather(*(game.open() for game in others), return_exceptions=True)
            for at, answer in enumerate(answers, 1):
                if isinstance(answer, BaseException):
                    raise _of_game(at, answer)
        except BaseException:
            await self._close()
            raise

    async def _close(self) -> None:
        await asyncio.gather(*(game.close() for game in self._games))


async def _listed(look: Awaitable[Outcome]) -> list[Outcome]:
    return [await look]


def _of_game(at: int, error: BaseException) -> BaseException:
    if not isinstance(error, JoywireError):
        return error
    named = JoywireError(error.code, f"game {at}: {error.message}", error.details)
    named.__cause__ = error
    return named
