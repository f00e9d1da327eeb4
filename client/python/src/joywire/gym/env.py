"""One game as an environment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, SupportsFloat

import gymnasium
from gymnasium import spaces
from gymnasium.error import ClosedEnvironmentError, ResetNeeded

from ..background import Background, background
from ..types import Outcome
from .actions import action_number, read_actions
from .episode import Episode
from .game import Game
from .pixels import Pixels, read_pixels
from .sight import Eye
from .starts import Starts, chosen_state
from .task import Task

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .task import EnvOptions

#: Of a game at normal speed.
FRAMES_PER_SECOND = 59.7275


class JoywireEnv(gymnasium.Env[Any, Any]):
    """A game on a gateway that stands still between steps. Every step is one round trip, and so is every reset.

    The action space is ``Discrete`` over ``actions``. Two episodes from the same state with the same actions are the same, to the
    pixel; a seed decides only which of several states is drawn. ``info`` has ``frame``, frames since the reset, ``frames``, how many
    the step took, ``hash`` if asked for, and after a reset ``state``. A game that died truncates the episode with ``info["lost"]``, the
    code of the outcome; ``reset`` goes on with it. ``outcomes`` has what the gateway said of the latest step.

    The session is resumed when the connection breaks, or the gateway is started anew on its journal: steps wait for that. Where it
    cannot be, they raise JoywireError, and ``reset`` opens another one.
    """

    def __init__(self, url: str, **options: Unpack[EnvOptions]) -> None:
        """Leases a game, and makes the state where episodes begin.

        Raises TypeError for an unknown option, JoywireError ``invalid_argument`` for a wrong one, ``no_emulator`` when none became free
        in ``wait_ms``, ``unsupported``, ``unknown_checkpoint``, and others as ``joywire.connect`` does.
        """
        task = Task(**options)
        self._task = task
        self._eye = Eye(task)
        self._actions = read_actions(task.actions, task.hold, task.gap)
        self._home: Background = background()
        self._starts = Starts(task)
        self._game = Game(url, task, self._starts)
        self._episode: Episode | None = None
        self._closed = False
        #: What the gateway said of each press of the latest step, with the emulator's own frame numbers.
        self.outcomes: Sequence[Outcome] = ()
        self.render_mode = task.render_mode
        self.metadata = metadata(task)
        self.action_space = spaces.Discrete(len(self._actions))
        self.observation_space = self._eye.space()
        self._home.wait(self._open)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Begins an episode; ``options={"state": name}`` begins it at another checkpoint.

        Raises JoywireError ``unknown_checkpoint``, ``invalid_argument``; an episode is then not under way.
        """
        self._check_open()
        super().reset(seed=seed)
        state = chosen_state(options or {}, self._starts.names, lambda: self.np_random)
        self._episode = None
        self.outcomes = ()
        look = self._home.wait(lambda: self._game.go_back(state))
        self._episode = Episode(self._task, self._eye, look, state)
        return self._eye.show(self._episode.sight), self._episode.first_info

    def step(self, action: Any) -> tuple[Any, SupportsFloat, bool, bool, dict[str, Any]]:
        """Plays an action. Raises JoywireError ``invalid_argument`` for what is no action, and the codes of what the gateway
        refused or could not do."""
        self._check_open()
        episode = self._episode
        if episode is None or episode.over:
            raise ResetNeeded("call reset() first: no episode is under way")
        chosen = self._actions[action_number(action, len(self._actions))]
        self.outcomes = self._home.wait(lambda: self._game.play(chosen))
        step = episode.advance(self.outcomes)
        return self._eye.show(episode.sight), step.reward, step.terminated, step.truncated, step.info

    def render(self) -> Pixels | None:
        """With ``render_mode="rgb_array"`` the picture as it is now, of 144 x 160 pixels."""
        self._check_open()
        if self.render_mode is None:
            return None
        seen = None if self._episode is None else self._episode.sight.screen
        return read_pixels(self._home.wait(self._game.picture) if seen is None else seen).copy()

    def close(self) -> None:
        """Gives the game back; safe to call again."""
        if not self._closed:
            self._closed = True
            self._home.wait(self._game.close)

    async def _open(self) -> None:
        await self._game.open()
        try:
            await self._starts.make(self._game.pad)
        except BaseException:
            await self._game.close()
            raise

    def _check_open(self) -> None:
        if self._closed:
            raise ClosedEnvironmentError("the environment has been closed")


def metadata(task: Task) -> dict[str, Any]:
    """How to render, and how many steps a second are the game's normal speed."""
    frames = max(1, task.hold + task.gap)
    return {"render_modes": ["rgb_array"], "render_fps": max(1, round(FRAMES_PER_SECOND / frames))}
