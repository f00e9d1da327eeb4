"""Several games as one vector environment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium import spaces
from gymnasium.error import ClosedEnvironmentError, ResetNeeded
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space, create_empty_array
from numpy.typing import NDArray

from ..background import background
from ..errors import client_error
from ..types import Outcome
from .actions import action_number, read_actions
from .ensemble import Ensemble, Move
from .env import metadata
from .episode import Episode
from .pixels import Pixels, read_pixels
from .seeds import Seeds
from .sight import Eye
from .starts import chosen_state
from .task import Task

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .task import EnvOptions

Flags = NDArray[np.bool_]


class JoywireVectorEnv(VectorEnv[Any, Any, Any]):
    """Games of one or more gateways that are stepped together: all actions are sent before the first answer is waited for, so a step
    takes one round trip, and the games run side by side. One thread in the background has all of their lines.

    Each game is as :class:`joywire.gym.JoywireEnv` describes it; seeds and ``infos`` are as in Gymnasium's own vector environments.
    ``autoreset_mode`` says what becomes of a game whose episode is over:

    - ``NEXT_STEP``: the next step resets it, whatever its action is, in the same round trip in which the others play.
    - ``SAME_STEP``: it is reset at once, which takes a second round trip; ``infos`` has ``final_obs`` and ``final_info``.
    - ``DISABLED``: ``reset(options={"reset_mask": mask})`` is to be called for it before the next step.
    """

    def __init__(
        self,
        url: str | Sequence[str],
        num_envs: int = 1,
        *,
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        copy: bool = True,
        **options: Unpack[EnvOptions],
    ) -> None:
        """Leases ``num_envs`` games, in turn from each ``url`` if there are several. Without ``copy`` all steps return the same
        array of observations, which the next step overwrites.

        Raises as ``JoywireEnv``; none of the games is kept then.
        """
        # Nothing to be closed until it is open.
        self.closed = True
        urls = [url] if isinstance(url, str) else list(url)
        if type(num_envs) is not int or num_envs < 1:
            raise client_error("invalid_argument", f"num_envs: got {num_envs!r}; allowed: an integer from 1")
        if not urls:
            raise client_error("invalid_argument", "url: got none; allowed: one address, or several")
        task = Task(**options)
        self._task = task
        self._eye = Eye(task)
        self._actions = read_actions(task.actions, task.hold, task.gap)
        self._ensemble = Ensemble(background(), urls, num_envs, task)
        self._episodes: list[Episode | None] = [None] * num_envs
        self._seeds = Seeds(num_envs)
        self._mode = AutoresetMode(autoreset_mode)
        self._copy = copy
        #: What the gateway said of each press of the latest step, for each game.
        self.outcomes: list[Sequence[Outcome]] = [()] * num_envs
        self.num_envs = num_envs
        self.render_mode = task.render_mode
        self.metadata = {**metadata(task), "autoreset_mode": self._mode}
        self.single_action_space = spaces.Discrete(len(self._actions))
        self.action_space = batch_space(self.single_action_space, num_envs)
        self.single_observation_space = self._eye.space()
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self._observations: Any = create_empty_array(self.single_observation_space, num_envs, fn=np.zeros)
        self._ensemble.open()
        self.closed = False

    @property  # type: ignore[misc]
    def np_random(self) -> tuple[np.random.Generator, ...]:  # type: ignore[override]
        """The generator of each game."""
        return tuple(self._seeds.generator(at) for at in range(self.num_envs))

    @property
    def np_random_seed(self) -> tuple[int, ...]:  # type: ignore[override]
        """The seed of each game's generator."""
        return tuple(self._seeds.seed(at) for at in range(self.num_envs))

    def reset(
        self,
        *,
        seed: int | Sequence[int | None] | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> tuple[Any, dict[str, Any]]:
        """Begins an episode in every game, or in those of ``options["reset_mask"]``; ``options["state"]`` as in ``JoywireEnv``. A
        number as seed is that of the first game, and goes up by one from game to game.

        Raises as ``JoywireEnv.reset``.
        """
        self._check_open()
        rest = dict(options or {})
        chosen = self._chosen(rest.pop("reset_mask", None))
        self._seeds.plant(seed, chosen)
        infos: dict[str, Any] = {}
        with _AllOrNothing(self._episodes):
            for at, info in self._begin({at: self._state(at, rest) for at in chosen}).items():
                infos = self._add_info(infos, info, at)
        return self._shown(), infos

    def step(self, actions: Any) -> tuple[Any, NDArray[np.float64], Flags, Flags, dict[str, Any]]:
        """Plays one action in each game.

        Raises as ``JoywireEnv.step``. The other games have then played their actions all the same, and all need a reset.
        """
        self._check_open()
        moves = self._moves(actions)
        with _AllOrNothing(self._episodes):
            return self._step(moves)

    def render(self) -> tuple[Pixels, ...] | None:
        """With ``render_mode="rgb_array"`` the picture of each game as it is now, of 144 x 160 pixels."""
        self._check_open()
        if self.render_mode is None:
            return None
        seen = [None if episode is None else episode.sight.screen for episode in self._episodes]
        raw = self._ensemble.pictures() if None in seen else [screen or b"" for screen in seen]
        return tuple(read_pixels(screen).copy() for screen in raw)

    def close_extras(self, **options: Any) -> None:
        """Gives the games back."""
        self._ensemble.close()

    def __del__(self) -> None:
        """Closes nothing: it may be called in the very thread that would have to do it, or when that is gone already."""

    def _step(
        self, moves: Mapping[int, Move]
    ) -> tuple[Any, NDArray[np.float64], Flags, Flags, dict[str, Any]]:
        rewards = np.zeros(self.num_envs, np.float64)
        terminations = np.zeros(self.num_envs, np.bool_)
        truncations = np.zeros(self.num_envs, np.bool_)
        infos: dict[str, Any] = {}
        ended: list[int] = []
        answers = self._ensemble.run(moves)
        for at, outcomes in answers.items():
            move = moves[at]
            if isinstance(move, str):
                infos = self._add_info(infos, self._begun(at, move, outcomes), at)
                continue
            episode = self._under_way(at)
            self.outcomes[at] = outcomes
            step = episode.advance(outcomes)
            rewards[at], terminations[at], truncations[at] = step.reward, step.terminated, step.truncated
            if episode.over and self._mode is AutoresetMode.SAME_STEP:
                final = {"final_obs": self._eye.show(episode.sight), "final_info": step.info}
                infos = self._add_info(infos, final, at)
                ended.append(at)
                continue
            self._eye.write(episode.sight, self._observations, at)
            infos = self._add_info(infos, step.info, at)
        for at, info in self._begin({at: self._state(at, {}) for at in ended}).items():
            infos = self._add_info(infos, info, at)
        return self._shown(), rewards, terminations, truncations, infos

    def _moves(self, actions: Any) -> dict[int, Move]:
        """Raises JoywireError ``invalid_argument``, ResetNeeded."""
        try:
            each = list(actions)
        except TypeError:
            each = []
        if len(each) != self.num_envs:
            raise client_error(
                "invalid_argument", f"actions: got {actions!r}; allowed: {self.num_envs} numbers of actions"
            )
        moves: dict[int, Move] = {}
        for at, action in enumerate(each):
            if self._under_way(at).over:
                moves[at] = self._state(at, {})
            else:
                moves[at] = self._actions[action_number(action, len(self._actions))]
        return moves

    def _under_way(self, at: int) -> Episode:
        episode = self._episodes[at]
        if episode is None or (episode.over and self._mode is AutoresetMode.DISABLED):
            raise ResetNeeded(f"call reset() first: no episode is under way in game {at}")
        return episode

    def _begin(self, states: Mapping[int, str]) -> dict[int, dict[str, Any]]:
        """Begins an episode in each of these games."""
        if not states:
            return {}
        answers = self._ensemble.run(states)
        return {at: self._begun(at, states[at], outcomes) for at, outcomes in answers.items()}

    def _begun(self, at: int, state: str, outcomes: Sequence[Outcome]) -> dict[str, Any]:
        episode = Episode(self._task, self._eye, outcomes[0], state)
        self._episodes[at] = episode
        self.outcomes[at] = ()
        self._eye.write(episode.sight, self._observations, at)
        return episode.first_info

    def _state(self, at: int, options: Mapping[str, Any]) -> str:
        return chosen_state(options, self._ensemble.starts.names, lambda: self._seeds.generator(at))

    def _chosen(self, mask: Any) -> list[int]:
        """The games of a mask, or all. Raises JoywireError ``invalid_argument``."""
        if mask is None:
            return list(range(self.num_envs))
        right = isinstance(mask, np.ndarray) and mask.shape == (self.num_envs,) and mask.dtype == np.bool_
        if not right or not mask.any():
            allowed = f"an array of {self.num_envs} booleans, not all of them False"
            raise client_error("invalid_argument", f"options: reset_mask: got {mask!r}; allowed: {allowed}")
        return [int(at) for at in np.flatnonzero(mask)]

    def _shown(self) -> Any:
        return deepcopy(self._observations) if self._copy else self._observations

    def _check_open(self) -> None:
        if self.closed:
            raise ClosedEnvironmentError("the environment has been closed")


class _AllOrNothing:
    """Where it does not go through, no game has an episode under way: some have played on, others not."""

    def __init__(self, episodes: list[Episode | None]) -> None:
        self._episodes = episodes

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        if kind is not None:
            self._episodes[:] = [None] * len(self._episodes)
