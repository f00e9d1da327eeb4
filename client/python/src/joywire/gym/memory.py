"""What was read of the game's memory, by address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, overload

from ..errors import JoywireError, client_error
from ..types import MemoryRange

#: Of one observation (docs/protocol.md, "Observations").
MOST_RANGES = 64
MOST_BYTES = 0x10000


class GameMemory:
    """The ranges that an environment reads, as they were after one step: ``memory[0xC011]`` is a byte as an ``int``,
    ``memory[0xC018:0xC01A]`` are bytes, ``memory.number(0xC018, 2)`` is the little-endian number in them.

    Addresses that are not read raise KeyError.
    """

    __slots__ = ("_places", "data")

    def __init__(self, data: bytes, places: Mapping[int, int]) -> None:
        #: All ranges, one after the other.
        self.data = data
        self._places = places

    @overload
    def __getitem__(self, address: int) -> int: ...

    @overload
    def __getitem__(self, address: slice) -> bytes: ...

    def __getitem__(self, address: int | slice) -> int | bytes:
        if isinstance(address, slice):
            return bytes(self[each] for each in range(address.start, address.stop, address.step or 1))
        try:
            return self.data[self._places[address]]
        except KeyError:
            raise KeyError(f"0x{address:04X} is not read: it is in no range of the option memory") from None

    def number(self, address: int, size: int) -> int:
        """The unsigned little-endian number in ``size`` bytes from ``address`` on."""
        return int.from_bytes(self[address : address + size], "little")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, GameMemory) and self.data == other.data

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"GameMemory({self.data.hex(' ')})"


def places_of(ranges: Sequence[MemoryRange]) -> dict[int, int]:
    """Where each address of the ranges stands, when they are put one after the other. Raises JoywireError ``invalid_argument``."""
    if len(ranges) > MOST_RANGES:
        raise _wrong(f"{len(ranges)} ranges", f"at most {MOST_RANGES}")
    places: dict[int, int] = {}
    position = 0
    for each in ranges:
        address, length = _range(each)
        for offset in range(length):
            places.setdefault(address + offset, position + offset)
        position += length
        if position > MOST_BYTES:
            raise _wrong(f"more than {MOST_BYTES} bytes", f"at most {MOST_BYTES} in all ranges")
    return places


def _range(value: Any) -> MemoryRange:
    if isinstance(value, (tuple, list)) and len(value) == 2:
        address, length = value
        if (
            type(address) is int
            and type(length) is int
            and address >= 0
            and 1 <= length <= MOST_BYTES - address
        ):
            return address, length
    raise _wrong(repr(value), "(address, length), at least 1 byte within 0 to 65535")


def _wrong(got: str, allowed: str) -> JoywireError:
    return client_error("invalid_argument", f"memory: got {got}; allowed: {allowed}")
