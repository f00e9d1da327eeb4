"""Turns the payloads of the screen channel back into pictures (docs/protocol.md, "Pictures"). Takes any bytes."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import TypeAlias

from .reader import ByteReader

_KIND_BITS, _COLUMNS, _MOVED = 3, 4, 8
_DELTA, _KEY, _END = 0, 1, 2
_SAME, _SHIFTED, _LITERAL, _COPY = 0, 1, 2, 3
_LONG = 63
#: Most colours that a picture can have: one for each pixel of the largest.
_MOST_COLORS = 0xFFFF

#: Colour numbers, one for each pixel.
Pixels: TypeAlias = "array[int]"


@dataclass(frozen=True, slots=True)
class IndexedPicture:
    """A picture with its colours by number. It stays as it is when the next one is decoded."""

    width: int
    height: int
    #: Frames that the game had run when it was shown.
    frame: int
    #: The colour of each pixel, row by row, as a position in ``palette``.
    pixels: Pixels
    #: Each colour as red, green and blue.
    palette: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """What it builds on was not received: to be passed over until a key picture comes."""


@dataclass(frozen=True, slots=True)
class End:
    """The game is over; nothing more comes."""


@dataclass(frozen=True, slots=True)
class Faulty:
    message: str


Decoding: TypeAlias = IndexedPicture | Gap | End | Faulty


class _Fault(Exception):
    """The payload cannot be read; the message says why."""


class ScreenDecoder:
    """The latest picture, which the next one builds on."""

    def __init__(self) -> None:
        self._latest: tuple[int, IndexedPicture] | None = None

    def decode(self, payload: bytes) -> Decoding:
        """Reads one payload."""
        reader = ByteReader(payload)
        flags = reader.byte()
        kind = flags & _KIND_BITS
        if kind == _END and payload:
            return End()
        number, frame = reader.integer(), reader.integer()
        try:
            if kind == _KEY:
                return self._key(reader, flags, number, frame)
            if kind == _DELTA:
                return self._delta(reader, flags, number, frame)
        except _Fault as fault:
            return Faulty(str(fault))
        return Faulty(f"a payload of kind {kind}")

    def _key(self, reader: ByteReader, flags: int, number: int, frame: int) -> Decoding:
        width, height = reader.byte(), reader.byte()
        if width * height == 0:
            raise _Fault("a picture without pixels")
        palette = _read_colors(reader, ())
        blank = array("H", bytes(2 * width * height))
        return self._take(reader, flags, number, IndexedPicture(width, height, frame, blank, palette))

    def _delta(self, reader: ByteReader, flags: int, number: int, frame: int) -> Decoding:
        if self._latest is None or number != self._latest[0] + 1:
            return Gap()
        latest = self._latest[1]
        palette = _read_colors(reader, latest.palette)
        before = IndexedPicture(latest.width, latest.height, frame, latest.pixels, palette)
        return self._take(reader, flags, number, before)

    def _take(self, reader: ByteReader, flags: int, number: int, before: IndexedPicture) -> Decoding:
        # A payload that cannot be read leaves nothing to build on.
        self._latest = None
        offset = reader.signed() + reader.signed() * before.width if flags & _MOVED else 0
        columns = bool(flags & _COLUMNS)
        pixels = _Runs(reader, before, offset, columns).read()
        if columns:
            pixels = _transposed(pixels, before.height)
        picture = IndexedPicture(before.width, before.height, before.frame, pixels, before.palette)
        self._latest = (number, picture)
        return picture


def _read_colors(reader: ByteReader, known: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """The colours known and those that follow."""
    count = reader.integer()
    if count == 0:
        return known
    if len(known) + count > _MOST_COLORS:
        raise _Fault("more colours than there can be")
    colors = reader.take(3 * count).ljust(3 * count, b"\0")
    return known + tuple(colors[at : at + 3] for at in range(0, 3 * count, 3))


class _Runs:
    """Sets the pixels in the order of the payload: row by row, or column by column."""

    def __init__(self, reader: ByteReader, before: IndexedPicture, offset: int, columns: bool) -> None:
        self._reader = reader
        self._before = before
        self._offset = offset
        self._columns = columns
        self._line = before.height if columns else before.width
        self._colors = len(before.palette)
        self._total = before.width * before.height
        self._same: Pixels | None = None
        self._shifted: Pixels | None = None
        self._pixels: Pixels = array("H")

    def read(self) -> Pixels:
        reader, pixels = self._reader, self._pixels
        while len(pixels) < self._total:
            first = reader.byte()
            count = (first & _LONG) + 1
            if count > _LONG:
                count += reader.integer()
            if reader.overrun:
                raise _Fault("it ends in the middle")
            if len(pixels) + count > self._total:
                raise _Fault("a run goes beyond the picture")
            self._run(first >> 6, count)
        if reader.overrun:
            raise _Fault("it ends in the middle")
        return pixels

    def _run(self, kind: int, count: int) -> None:
        pixels = self._pixels
        at = len(pixels)
        if kind == _SAME:
            if self._same is None:
                self._same = self._ordered(self._before.pixels)
            pixels.extend(self._same[at : at + count])
        elif kind == _SHIFTED:
            if self._shifted is None:
                self._shifted = self._ordered(_moved(self._before.pixels, self._offset))
            pixels.extend(self._shifted[at : at + count])
        elif kind == _COPY:
            self._copy(count)
        else:
            self._literal(count)

    def _ordered(self, rows: Pixels) -> Pixels:
        return _transposed(rows, self._before.width) if self._columns else rows

    def _copy(self, count: int) -> None:
        pixels = self._pixels
        distance = self._reader.integer() or self._line
        start = len(pixels) - distance
        if start < 0:
            raise _Fault("a run repeats what is not there")
        pattern = pixels[start : start + count]
        if distance < count:
            # The run goes on into pixels of its own.
            pattern = (pattern * (count // distance + 1))[:count]
        pixels.extend(pattern)

    def _literal(self, count: int) -> None:
        depth = _depth_of(self._colors)
        data = self._reader.take((count * depth + 7) // 8)
        if depth == 16:
            numbers = array("H", (high << 8 | low for high, low in zip(data[::2], data[1::2], strict=False)))
        elif depth == 8:
            numbers = array("H", list(data))
        else:
            table = _UNPACKED[depth]
            numbers = array("H", b"".join([table[byte] for byte in data]))
        numbers = numbers[:count]
        # What the payload is too short for is found at the end; it reads as colour 0.
        numbers.extend(array("H", bytes(2 * (count - len(numbers)))))
        if max(numbers) >= self._colors:
            raise _Fault("a pixel has a colour that is not there")
        self._pixels.extend(numbers)


def _depth_of(colors: int) -> int:
    """Bits of a colour number when so many are known."""
    for depth in (1, 2, 4, 8):
        if colors <= 1 << depth:
            return depth
    return 16


def _unpacked(depth: int) -> list[bytes]:
    """The numbers in each byte, the first in the highest bits, as the bytes of an array."""
    shifts = range(8 - depth, -1, -depth)
    mask = (1 << depth) - 1
    return [array("H", [(byte >> shift) & mask for shift in shifts]).tobytes() for byte in range(256)]


_UNPACKED = {depth: _unpacked(depth) for depth in (1, 2, 4)}


def _moved(pixels: Pixels, offset: int) -> Pixels:
    """What stands at each place of an array whose pixels lie ``offset`` further on."""
    total = len(pixels)
    lost = array("H", bytes(2 * min(abs(offset), total)))
    return pixels[offset:] + lost if offset >= 0 else (lost + pixels[: max(0, total + offset)])


def _transposed(pixels: Pixels, width: int) -> Pixels:
    """Rows of ``width`` become columns."""
    turned: Pixels = array("H")
    for x in range(width):
        turned.extend(pixels[x::width])
    return turned
