"""The script language, first half: text becomes a tree whose size in inputs is known before anything is expanded."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn, TypeAlias

from .buttons import BUTTONS, parse_buttons
from .errors import JoywireError
from .guards import MAX_GUARDS, Guard
from .script_guard import BLANKS, GuardFault, parse_guard

#: Deepest nesting of parentheses.
MAX_DEPTH = 32


@dataclass(frozen=True, slots=True)
class ScriptPress:
    """One input: a mask, and frames; None is the emulator's native press."""

    buttons: int
    hold: int | None = None
    gap: int | None = None


@dataclass(frozen=True, slots=True)
class PressNode:
    press: ScriptPress
    count: int
    #: How many inputs it stands for, repeats included.
    inputs: int
    #: What guards the whole of it, in order.
    guards: tuple[Guard, ...]
    #: How many guards it stands for: its own, and those of its members as often as they are repeated.
    all_guards: int


@dataclass(frozen=True, slots=True)
class GroupNode:
    members: tuple[Node, ...]
    count: int
    inputs: int
    guards: tuple[Guard, ...]
    all_guards: int


Node: TypeAlias = PressNode | GroupNode


_NAMES = f"{', '.join(BUTTONS)} (joined by + for a chord), W:frames to wait, or ( … ) for a group"
_ITEM = re.compile(r"(?P<names>[^:*]*)(?::(?P<hold>[^:*]*))?(?::(?P<gap>[^:*]*))?(?:\*(?P<count>[^:*]*))?\Z")
_ITEM_END = BLANKS | frozenset("(){}#")
_DIGITS = re.compile(r"[0-9]+\Z")


class Parser:
    """Text becomes a tree whose size in inputs is known before anything is expanded."""

    def __init__(self, text: str, max_inputs: int, max_group: int, max_hold_frames: int) -> None:
        self._text = text
        self._max_inputs = max_inputs
        self._max_group = max_group
        self._max_hold_frames = max_hold_frames
        self._at = 0

    def script(self) -> tuple[Node, ...]:
        nodes = self._items(0)
        if self._at < len(self._text):
            self._fault(self._at, "there is no ( for this )")
        return nodes

    def _items(self, depth: int) -> tuple[Node, ...]:
        """Items up to the end of the text or a ``)``, which stays unread."""
        nodes: list[Node] = []
        inputs = 0
        while True:
            start = self._at
            self._skip_blanks()
            following = self._text[self._at : self._at + 1]
            if following in ("", ")"):
                return tuple(nodes)
            if following in ("{", "}"):
                self._stray_brace(following)
            if nodes and self._at == start:
                self._fault(start, "expected white space before the next item")
            item_at = self._at
            node: Node = self._group(depth + 1) if following == "(" else self._press()
            inputs += node.inputs
            if inputs > self._max_inputs:
                self._too_many(item_at, inputs)
            nodes.append(node)

    def _group(self, depth: int) -> GroupNode:
        opening = self._at
        if depth > MAX_DEPTH:
            self._fault(opening, "groups are nested too deep", f"at most {MAX_DEPTH} levels")
        self._at += 1
        members = self._items(depth)
        if self._at == len(self._text):
            self._fault(opening, "this ( has no )")
        if not members:
            self._fault(opening, "the group is empty", _NAMES)
        self._at += 1
        count = self._group_count()
        inputs = count * sum(member.inputs for member in members)
        if inputs > self._max_inputs:
            self._too_many(opening, inputs)
        if inputs > self._max_group:
            self._group_too_large(opening, inputs)
        guards = self._guards()
        all_guards = len(guards) + count * sum(member.all_guards for member in members)
        if all_guards > MAX_GUARDS:
            self._too_many_guards(opening, all_guards)
        return GroupNode(members, count, inputs, guards, all_guards)

    def _group_count(self) -> int:
        """The ``*n`` right after a ``)``; 1 without it."""
        at = self._at
        word = self._word()
        if word == "":
            return 1
        if word.startswith("*"):
            return self._number(word[1:], at + 1, "repeat count", 1, None)
        self._fault(at, f'unexpected "{_clip(word)}" after )', "white space, or *n to repeat the group")

    def _press(self) -> PressNode:
        at = self._at
        word = self._word()
        match = _ITEM.match(word)
        if match is None:
            self._malformed(word, at)
        names, hold_text, gap_text, count_text = match.group("names", "hold", "gap", "count")
        hold_at = at + len(names) + 1
        gap_at = hold_at + len(hold_text or "") + 1
        count_at = at + len(word) - len(count_text or "")
        is_wait = names.upper() == "W"
        if is_wait:
            self._check_wait(hold_text, gap_text, at, hold_at, gap_at)
        mask = 0 if is_wait else self._buttons(names, at)
        most = self._max_hold_frames
        hold = self._optional(hold_text, hold_at, "wait" if is_wait else "hold", 1, most)
        gap = self._optional(gap_text, gap_at, "gap", 0, most)
        count = self._optional(count_text, count_at, "repeat count", 1, None)
        inputs = 1 if count is None else count
        if inputs > self._max_inputs:
            self._too_many(count_at, inputs)
        guards = self._guards()
        if len(guards) > MAX_GUARDS:
            self._too_many_guards(at, len(guards))
        if guards and inputs > self._max_group:
            self._group_too_large(count_at, inputs)
        press = ScriptPress(mask, hold, 0 if is_wait else gap)
        return PressNode(press, inputs, inputs, guards, len(guards))

    def _guards(self) -> tuple[Guard, ...]:
        """The ``{...}`` right after an item: none, one or several."""
        guards: list[Guard] = []
        while self._text.startswith("{", self._at):
            try:
                guard, self._at = parse_guard(self._text, self._at)
            except GuardFault as fault:
                self._fault(fault.at, fault.message, fault.allowed)
            guards.append(guard)
        if guards and self._text.startswith("*", self._at):
            self._fault(self._at, "a repeat count stands before the guard", "A*2{…} or (A B)*2{…}")
        return tuple(guards)

    def _check_wait(self, hold: str | None, gap: str | None, at: int, hold_at: int, gap_at: int) -> None:
        """``W`` presses nothing; it must say how long, and has no gap."""
        if hold is None:
            self._fault(at, "W must say how many frames to wait", "W:30")
        if gap is not None:
            self._fault(gap_at, "a wait has no gap", f"W:{_clip(hold)}")
        if hold == "":
            self._fault(hold_at, "expected a number of frames", "W:30")

    def _buttons(self, names: str, at: int) -> int:
        mask = 0
        for name in names.split("+"):
            if name == "":
                self._fault(at, "expected a button's name", _NAMES)
            bit = parse_buttons(name)
            if bit is None:
                self._fault(at, f'there is no button "{_clip(name)}"', _NAMES)
            mask |= bit
            at += len(name) + 1
        return mask

    def _optional(self, text: str | None, at: int, what: str, least: int, most: int | None) -> int | None:
        return None if text is None else self._number(text, at, what, least, most)

    def _number(self, text: str, at: int, what: str, least: int, most: int | None) -> int:
        # Longer ones are beyond every bound, and slow to read.
        value = int(text[-20:]) if _DIGITS.match(text) and len(text) <= 20 else None
        if value is None and _DIGITS.match(text) and most is None:
            value = 10**20
        if value is not None and value >= least and (most is None or value <= most):
            return value
        allowed = f"a whole number from {least} on" if most is None else f"{least} to {most} frames"
        self._fault(at, f"expected a {what}" if text == "" else f'"{_clip(text)}" is no {what}', allowed)

    def _malformed(self, word: str, at: int) -> NoReturn:
        star = word.find("*")
        if star >= 0 and any(mark in word[star + 1 :] for mark in ":*"):
            at += star
        allowed = "NAME, NAME:hold, NAME:hold:gap, each with *n at its end"
        self._fault(at, f'cannot read "{_clip(word)}"', allowed)

    def _too_many(self, at: int, inputs: int) -> NoReturn:
        self._fault(
            at, f"the script stands for {inputs} inputs or more", f"at most {self._max_inputs} inputs"
        )

    def _stray_brace(self, brace: str) -> NoReturn:
        if brace == "}":
            self._fault(self._at, "there is no { for this }")
        allowed = "A{…} or (A B){…}, without white space"
        self._fault(self._at, "a guard stands right behind its item", allowed)

    def _group_too_large(self, at: int, inputs: int) -> NoReturn:
        allowed = f"at most {self._max_group} inputs in one group"
        self._fault(at, f"the group stands for {inputs} inputs", allowed)

    def _too_many_guards(self, at: int, guards: int) -> NoReturn:
        allowed = f"at most {MAX_GUARDS} guards in one group"
        self._fault(at, f"the group stands for {guards} guards, repeats included", allowed)

    def _word(self) -> str:
        """Everything up to white space, a parenthesis, a brace or a comment."""
        start = self._at
        while self._at < len(self._text) and self._text[self._at] not in _ITEM_END:
            self._at += 1
        return self._text[start : self._at]

    def _skip_blanks(self) -> None:
        while self._at < len(self._text):
            char = self._text[self._at]
            if char == "#":
                end = self._text.find("\n", self._at)
                self._at = len(self._text) if end < 0 else end
            elif char in BLANKS:
                self._at += 1
            else:
                return

    def _fault(self, at: int, message: str, allowed: str | None = None) -> NoReturn:
        before = self._text[:at]
        line = before.count("\n") + 1
        column = _utf16_length(before[before.rfind("\n") + 1 :]) + 1
        right = "" if allowed is None else f"; allowed: {allowed}"
        details = {"message": message, "line": line, "column": column}
        if allowed is not None:
            details["allowed"] = allowed
        raise JoywireError("script_error", f"line {line}, column {column}: {message}{right}", details)


def _utf16_length(text: str) -> int:
    return len(text) + sum(1 for char in text if ord(char) > 0xFFFF)


def _clip(text: str) -> str:
    """Quoted text in a message stays short."""
    return f"{text[:24]}…" if len(text) > 24 else text
