"""RGB pixels as a PNG file (W3C PNG, third edition), with nothing but zlib."""

from __future__ import annotations

import struct
import zlib

_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def encode_png(rgb: bytes, width: int, height: int) -> bytes:
    """``rgb`` has 3 bytes for each pixel, row by row."""
    row = width * 3
    # Filter type 0 before each row: the few colours of a Game Boy compress well without any.
    rows = b"".join(b"\0" + rgb[at : at + row] for at in range(0, row * height, row))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        _SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows, 6)) + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)
