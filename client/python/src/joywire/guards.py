"""Guards: conditions on a byte of the game's memory that decide, on the frame boundary before each member of a group begins, whether
it does (docs/protocol.md, "Guards")."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from .errors import JoywireError, client_error
from .requests import compact
from .types import MAX_HOLD_FRAMES

GuardOp: TypeAlias = Literal["==", "!=", "<", "<=", ">", ">="]
GuardEffect: TypeAlias = Literal["stop", "go", "wait"]
OPS: tuple[GuardOp, ...] = ("==", "!=", "<", "<=", ">", ">=")
EFFECTS: tuple[GuardEffect, ...] = ("stop", "go", "wait")
#: Most guards of one group.
MAX_GUARDS = 16


@dataclass(frozen=True, slots=True)
class Guard:
    """One condition, and what follows from it for the members of its range.

    ``stop``: where it holds, what has not begun does not run. ``go``: it runs on only while it holds. ``wait``: frames pass until it
    holds, at most ``frames``; then as ``stop``, or with ``or_go`` it goes on.
    """

    #: In the Game Boy's address space, with the banks that are switched in at that moment.
    address: int
    op: GuardOp
    value: int
    #: ANDed to the byte first. None: 255.
    mask: int | None = None
    then: GuardEffect | None = None
    #: Of a ``wait``, which must have it: the most frames to wait before one member.
    frames: int | None = None
    or_go: bool | None = None
    #: The first member of its range, from 0.
    first: int | None = None
    #: How many members its range has. None: all up to the end of the group.
    count: int | None = None


def guards_map(guards: Sequence[Guard], members: int) -> list[dict[str, Any]]:
    """The option ``guards`` of a group. Raises JoywireError ``invalid_argument`` naming the guard and the field."""
    if not 1 <= len(guards) <= MAX_GUARDS:
        raise client_error("invalid_argument", f"guards: got {len(guards)}; allowed: 1 to {MAX_GUARDS}")
    for index, guard in enumerate(guards):
        _check(f"guards[{index}]", guard, members)
    return [_map(guard) for guard in guards]


def guards_behind(guards: Sequence[dict[str, Any]], skip: int) -> list[dict[str, Any]]:
    """The guards for what is left of their group without its first ``skip`` members; each keeps its place."""
    return [_behind(guard, skip) for guard in guards]


def format_guard(guard: Guard) -> str:
    """As in a script: ``{stop 0xD057!=0}``."""
    mask = "" if guard.mask is None else f"&0x{guard.mask:02X}"
    wait = ""
    if guard.then == "wait":
        wait = f" {guard.frames or 0}{' go' if guard.or_go else ''}"
    return f"{{{guard.then or 'stop'} 0x{guard.address:04X}{mask}{guard.op}{guard.value}{wait}}}"


def shortened(guard: Guard, first: int, count: int, members: int) -> Guard:
    """With a range, unless it is the whole group or goes to its end."""
    end = first + count
    return replace(guard, first=first if first > 0 else None, count=count if end < members else None)


def _map(guard: Guard) -> dict[str, Any]:
    return compact(
        address=guard.address,
        op=guard.op,
        value=guard.value,
        mask=guard.mask,
        then=guard.then,
        frames=guard.frames,
        orGo=guard.or_go,
        **{"from": guard.first},
        count=guard.count,
    )


def _behind(guard: dict[str, Any], skip: int) -> dict[str, Any]:
    rest = {key: value for key, value in guard.items() if key not in ("from", "count")}
    first, count = guard.get("from", 0), guard.get("count")
    shifted = max(0, first - skip)
    if shifted > 0:
        rest["from"] = shifted
    if count is not None:
        rest["count"] = max(0, first + count - skip - shifted)
    return rest


def _check(name: str, guard: Guard, members: int) -> None:
    _check_integer(f"{name}.address", guard.address, 0, 0xFFFF)
    _check_word(f"{name}.op", guard.op, OPS)
    _check_integer(f"{name}.value", guard.value, 0, 0xFF)
    if guard.mask is not None:
        _check_integer(f"{name}.mask", guard.mask, 0, 0xFF)
    if guard.then is not None:
        _check_word(f"{name}.then", guard.then, EFFECTS)
    _check_wait(name, guard)
    first = guard.first or 0
    _check_integer(f"{name}.first", first, 0, members - 1)
    if guard.count is not None:
        _check_integer(f"{name}.count", guard.count, 0, members - first)


def _check_wait(name: str, guard: Guard) -> None:
    """``frames`` and ``or_go`` belong to ``wait``, and only to it."""
    if guard.then == "wait":
        _check_integer(f"{name}.frames", guard.frames, 1, MAX_HOLD_FRAMES)
    elif guard.frames is not None or guard.or_go:
        message = (
            f"{name}: frames and or_go mean something only where then is wait; it is {guard.then or 'stop'}"
        )
        raise client_error("invalid_argument", message)


def _check_integer(name: str, value: object, least: int, most: int) -> None:
    if type(value) is not int or not least <= value <= most:
        raise _wrong(name, value, f"an integer from {least} to {most}")


def _check_word(name: str, value: object, words: Sequence[str]) -> None:
    if value not in words:
        raise _wrong(name, value, ", ".join(words))


def _wrong(name: str, value: object, allowed: str) -> JoywireError:
    return client_error("invalid_argument", f"{name}: got {value!r}; allowed: {allowed}")
