"""The recorder that the game that ships keeps in its own RAM (roms/README.md): what it was given, on which frame."""

from __future__ import annotations

import struct

#: Ranges to read: the header, and the ring.
RANGES = [(0xC000, 16), (0xD000, 0x1000)]
#: Frames until it runs.
START_FRAMES = 60
_RING, _ENTRY = 512, 8


class GameRecorder:
    """Collects the changes that one reading after the other brings, as (frame, buttons)."""

    def __init__(self) -> None:
        self.changes: list[tuple[int, int]] = []

    def drain(self, ranges: tuple[bytes, ...]) -> None:
        """Takes a reading of ``RANGES``; fails when changes were lost because it was not read in time."""
        header, ring = ranges
        assert header[:4] == b"JOYW", "the recorder has not started"
        (count,) = struct.unpack_from("<I", header, 8)
        assert count - len(self.changes) <= _RING, "the ring was not read in time"
        for index in range(len(self.changes), count):
            at = index % _RING * _ENTRY
            frame, buttons, mark, low = struct.unpack_from("<IBBH", ring, at)
            assert mark == 0xA5 and low == index & 0xFFFF, f"entry {index} of the ring is not whole"
            self.changes.append((frame, buttons))

    @property
    def pressed(self) -> list[int]:
        """The buttons that went down, in order."""
        return [buttons for _, buttons in self.changes if buttons]
