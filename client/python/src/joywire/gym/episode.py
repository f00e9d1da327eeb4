"""One episode of one game: from the outcomes of its steps to rewards and its end. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ..types import Outcome
from .sight import Eye, Sight
from .starts import check_ran
from .task import Task

#: Why an entry did not run that may run the next time: the game died, or something before it failed.
_LOST = ("failed", "unknown")
_BEHIND_FAILURE = "after_failure"


class Step(NamedTuple):
    """What became of one step."""

    reward: float
    terminated: bool
    truncated: bool
    info: dict[str, Any]


class Episode:
    def __init__(self, task: Task, eye: Eye, look: Outcome, state: str) -> None:
        """``look`` is what was seen where it begins, at the checkpoint ``state``. Raises JoywireError as ``Eye.read``."""
        self._task = task
        self._eye = eye
        self._steps = 0
        self._first_frame = look.first_frame or 0
        #: Frames since it began.
        self.frame = 0
        #: What was seen latest.
        self.sight: Sight = eye.read(look)
        #: Whether it has come to its end.
        self.over = False
        self.first_info = self._info(0) | {"state": state}

    def advance(self, outcomes: Sequence[Outcome]) -> Step:
        """Takes the outcomes of the next step. A game that was lost ends the episode: it is truncated, and ``info["lost"]`` says why.

        Raises JoywireError with the code of a step that the gateway refused.
        """
        for outcome in outcomes:
            if outcome.status in _LOST or outcome.code == _BEHIND_FAILURE:
                return self._lost(outcome)
            check_ran(outcome, "step")
        before, self.sight = self.sight, self._eye.read(outcomes[-1])
        self._steps += 1
        began = self.frame
        self.frame = _end_frame(outcomes) - self._first_frame
        return self._judge(before, self._info(self.frame - began))

    def _judge(self, before: Sight, info: dict[str, Any]) -> Step:
        task, then, now = self._task, before.memory, self.sight.memory
        reward = 0.0 if task.reward is None else float(task.reward(then, now))
        terminated = task.terminated is not None and bool(task.terminated(then, now))
        truncated = task.truncated is not None and bool(task.truncated(then, now))
        if task.max_steps is not None and self._steps >= task.max_steps:
            truncated = True
        self.over = terminated or truncated
        return Step(reward, terminated, truncated, info)

    def _lost(self, outcome: Outcome) -> Step:
        self.over = True
        return Step(0.0, False, True, self._info(0) | {"lost": outcome.code or outcome.status})

    def _info(self, frames: int) -> dict[str, Any]:
        info: dict[str, Any] = {"frame": self.frame, "frames": frames}
        if self.sight.hash is not None:
            info["hash"] = self.sight.hash
        return info


def _end_frame(outcomes: Sequence[Outcome]) -> int:
    """How many frames the emulator had run after the last of them: where it did not run, a guard decided so on that frame."""
    last = outcomes[-1]
    if last.first_frame is not None:
        return last.first_frame + last.frames
    assert last.detail is not None and last.detail.guard is not None
    return last.detail.guard.frame
