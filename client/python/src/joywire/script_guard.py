"""The script language, the part in braces: ``{stop 0xD057!=0}``, ``{go 0xC0A0<3}``, ``{wait 0xC026&0x0F==1 120 go}``."""

from __future__ import annotations

import re

from .guards import EFFECTS, OPS, Guard, GuardEffect, GuardOp
from .types import MAX_HOLD_FRAMES

_SHAPE = "{stop ADDRESS==VALUE}, {go ADDRESS==VALUE} or {wait ADDRESS==VALUE FRAMES}"
#: Longer ones first: ``<=`` is not ``<`` and something.
_OPS_BY_LENGTH = sorted(OPS, key=len, reverse=True)
_NUMBER = re.compile(r"(?:0[xX][0-9A-Fa-f]+|[0-9]+)\Z")
_WORD = re.compile(r"[0-9A-Za-z_]*")
#: What JavaScript's \s takes for white space.
BLANKS = frozenset("\t\n\v\f\r \u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff") | {
    chr(code) for code in range(0x2000, 0x200B)
}


class GuardFault(Exception):
    """What is wrong with a guard, at which position of the text."""

    def __init__(self, at: int, message: str, allowed: str) -> None:
        super().__init__(message)
        self.at = at
        self.message = message
        self.allowed = allowed


def parse_guard(text: str, start: int) -> tuple[Guard, int]:
    """Reads the guard whose ``{`` stands at ``start``: it, without its range, and the position behind its ``}``.

    Raises GuardFault.
    """
    scan = _Scan(text, start + 1)
    then = scan.effect()
    address = scan.number("an address", 0, 0xFFFF)
    mask = scan.number("a mask", 0, 0xFF) if scan.takes("&") else None
    op = scan.operator()
    value = scan.number("a value", 0, 0xFF)
    frames = scan.number("the most frames to wait", 1, MAX_HOLD_FRAMES) if then == "wait" else None
    or_go = True if then == "wait" and scan.takes_word("go") else None
    if not scan.takes("}"):
        raise GuardFault(scan.at, "expected the } of the guard", _SHAPE)
    return Guard(address, op, value, mask, None if then == "stop" else then, frames, or_go), scan.at


class _Scan:
    def __init__(self, text: str, at: int) -> None:
        self._text = text
        self.at = at

    def effect(self) -> GuardEffect:
        self._skip_blanks()
        at = self.at
        word = self._word()
        for name in EFFECTS:
            if name == word.lower():
                return name
        message = "a guard says what it does" if word == "" else f'there is no guard "{word}"'
        raise GuardFault(at, message, _SHAPE)

    def operator(self) -> GuardOp:
        for op in _OPS_BY_LENGTH:
            if self.takes(op):
                return op
        raise GuardFault(self.at, "expected a comparison", ", ".join(OPS))

    def takes(self, characters: str) -> bool:
        """Whether these characters come next; they are passed over then."""
        self._skip_blanks()
        if not self._text.startswith(characters, self.at):
            return False
        self.at += len(characters)
        return True

    def takes_word(self, wanted: str) -> bool:
        self._skip_blanks()
        at = self.at
        if self._word().lower() == wanted:
            return True
        self.at = at
        return False

    def number(self, what: str, least: int, most: int) -> int:
        """A whole number, decimal or with 0x in front."""
        self._skip_blanks()
        at = self.at
        word = self._word()
        value = _integer(word)
        if value is not None and least <= value <= most:
            return value
        found = f"expected {what}" if word == "" else f'"{word[:24]}" is not {what}'
        raise GuardFault(at, found, f"{least} to {most}, or with 0x in front as hexadecimal")

    def _skip_blanks(self) -> None:
        while self.at < len(self._text) and self._text[self.at] in BLANKS:
            self.at += 1

    def _word(self) -> str:
        """Letters and digits from here on."""
        match = _WORD.match(self._text, self.at)
        assert match is not None
        self.at = match.end()
        return match.group()


def _integer(word: str) -> int | None:
    if not _NUMBER.match(word) or len(word) > 1000:
        return None
    return int(word, 16) if word[:2] in ("0x", "0X") else int(word, 10)
