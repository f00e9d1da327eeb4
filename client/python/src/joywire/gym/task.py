"""What an environment is asked to be: options, checked once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, TypedDict

from ..errors import JoywireError, client_error
from ..options import ConnectOptions
from ..types import MAX_HOLD_FRAMES, MemoryRange, Observe
from .memory import GameMemory, places_of

#: Decides on a step by the memory before and after it.
Judge: TypeAlias = Callable[[GameMemory, GameMemory], float]

Sees: TypeAlias = Literal["screen", "memory", "both"]

#: Nothing, and each button alone.
BUTTON_ACTIONS = ("", "A", "B", "SELECT", "START", "RIGHT", "LEFT", "UP", "DOWN")
#: How long to wait in line for a free emulator.
WAIT_MS = 5_000
SCALES = (1, 2)
#: Options of ``connect`` that an environment decides on itself.
_OWN = ("observe", "on_failure", "pace", "role", "resume", "speed", "takeover")


class EnvOptions(TypedDict, total=False):
    """Options of :class:`joywire.gym.JoywireEnv` and :class:`joywire.gym.JoywireVectorEnv`."""

    #: What each action presses: a script, whose presses have the ``hold`` and ``gap`` below unless they say so; "" is nothing for as
    #: long. Guards are allowed. Absent: nothing, and each of the 8 buttons.
    actions: Sequence[str]
    #: Frames that an action's buttons are held, and frames of nothing after it.
    hold: int
    gap: int
    #: What the agent sees: the picture, the memory, or a dict of both.
    observation: Sees
    #: Which memory is read after each step, for the agent or for the judges below: ``(address, length)``.
    memory: Sequence[MemoryRange]
    #: The picture as one value of brightness for each pixel.
    grayscale: bool
    #: 2: the picture of half the width and height, each pixel the mean of four.
    scale: Literal[1, 2]
    #: Of the memory before and after a step: the reward. Absent: 0.
    reward: Judge | None
    #: Of the same: whether the step ended the episode, for good or because it has gone on long enough.
    terminated: Judge | None
    truncated: Judge | None
    #: Steps after which an episode is truncated.
    max_steps: int | None
    #: From power-on: the script that leads to where episodes begin.
    start: str
    #: Instead of ``start``: the checkpoint where episodes begin. Of several, each reset draws one.
    state: str | Sequence[str] | None
    #: Whether ``info`` has the picture's hash after each step.
    hash: bool
    render_mode: Literal["rgb_array"] | None
    #: The game: name or SHA-256 of a ROM of the gateway.
    rom: str | None
    #: How long to wait in line for a free emulator, in ms.
    wait_ms: float
    #: Further options of ``joywire.connect``: ``{"token": ...}``.
    connect: ConnectOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """:class:`EnvOptions` with their defaults. Unknown ones raise TypeError, wrong ones JoywireError ``invalid_argument``."""

    actions: Sequence[str] = BUTTON_ACTIONS
    hold: int = 8
    gap: int = 16
    observation: Sees = "screen"
    memory: Sequence[MemoryRange] = ()
    grayscale: bool = False
    scale: Literal[1, 2] = 1
    reward: Judge | None = None
    terminated: Judge | None = None
    truncated: Judge | None = None
    max_steps: int | None = None
    start: str = ""
    state: str | Sequence[str] | None = None
    hash: bool = False
    render_mode: Literal["rgb_array"] | None = None
    rom: str | None = None
    wait_ms: float = WAIT_MS
    connect: ConnectOptions | None = None

    def __post_init__(self) -> None:
        if self.observation not in ("screen", "memory", "both"):
            raise _wrong("observation", self.observation, "screen, memory, both")
        if self.scale not in SCALES:
            raise _wrong("scale", self.scale, "1, 2")
        if self.render_mode not in (None, "rgb_array"):
            raise _wrong("render_mode", self.render_mode, "rgb_array, None")
        for name, frames in (("hold", self.hold), ("gap", self.gap)):
            if type(frames) is not int or not 0 <= frames <= MAX_HOLD_FRAMES:
                raise _wrong(name, frames, f"0 to {MAX_HOLD_FRAMES} frames")
        if self.max_steps is not None and (type(self.max_steps) is not int or self.max_steps < 1):
            raise _wrong("max_steps", self.max_steps, "an integer from 1, None")
        self._check_memory()
        self._check_start()
        for name in _OWN:
            if name in (self.connect or {}):
                raise client_error("invalid_argument", f"connect: an environment decides on {name} itself")

    @property
    def sees_screen(self) -> bool:
        return self.observation != "memory"

    @property
    def sees_memory(self) -> bool:
        return self.observation != "screen"

    @property
    def states(self) -> tuple[str, ...]:
        """The checkpoints where episodes begin, unless ``start`` leads there."""
        if self.state is None:
            return ()
        return (self.state,) if isinstance(self.state, str) else tuple(self.state)

    @property
    def observe(self) -> Observe:
        """What is read on the last frame of every step."""
        return Observe(
            memory=tuple(self.memory) or None,
            hash=True if self.hash else None,
            screen="raw" if self.sees_screen else None,
        )

    def _check_memory(self) -> None:
        places_of(self.memory)
        judged = next(
            (name for name in ("reward", "terminated", "truncated") if getattr(self, name) is not None), None
        )
        wanted = "an observation of memory" if self.sees_memory else judged
        if wanted is not None and not self.memory:
            raise client_error("invalid_argument", f"memory: {wanted} needs at least one range to be read")

    def _check_start(self) -> None:
        if self.state is None:
            return
        if self.start:
            raise client_error(
                "invalid_argument", "start, state: episodes begin at one of them, both were given"
            )
        if not self.states:
            raise _wrong("state", self.state, "the name of a checkpoint, or several names")


def _wrong(name: str, value: object, allowed: str) -> JoywireError:
    return client_error("invalid_argument", f"{name}: got {value!r}; allowed: {allowed}")
