"""Bytes of pictures and sound, read one after another: integers of variable length (LEB128, as in protocol buffers) and others."""

from __future__ import annotations

from .check import MAX_INTEGER


class ByteReader:
    """Beyond the end it reads zeros, which ``overrun`` tells."""

    __slots__ = ("_bytes", "at")

    def __init__(self, data: bytes) -> None:
        self._bytes = data
        self.at = 0

    @property
    def overrun(self) -> bool:
        """Whether more was read than there is."""
        return self.at > len(self._bytes)

    def byte(self) -> int:
        at = self.at
        self.at = at + 1
        return self._bytes[at] if at < len(self._bytes) else 0

    def take(self, count: int) -> bytes:
        at = self.at
        self.at = at + count
        return self._bytes[at : at + count]

    def integer(self) -> int:
        value = shift = 0
        while 1 << shift <= MAX_INTEGER:
            byte = self.byte()
            value += (byte & 0x7F) << shift
            if byte < 0x80:
                break
            shift += 7
        return value

    def signed(self) -> int:
        """0, 1, 2, 3, 4 stand for 0, -1, 1, -2, 2."""
        value = self.integer()
        return -(value + 1) // 2 if value % 2 else value // 2
