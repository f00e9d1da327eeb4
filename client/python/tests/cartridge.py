"""Game Boy programs for tests, as bytes."""

from __future__ import annotations

#: Cartridge type: the core plays it, and cannot save it.
MBC2 = 0x05
_ENTRY, _PROGRAM, _TYPE = 0x100, 0x150, 0x147
_FOREVER = bytes([0x18, 0xFE])

#: Runs into an illegal opcode, which the core does not survive, once A is pressed.
TRAPS_ON_A = bytes.fromhex(
    "3e10 e000"  # select the buttons
    "f000 f000 e601"  # A is down when its bit is 0
    "20f4"  # not down: look again
    "d3"
)


def cartridge(program: bytes = _FOREVER, kind: int = 0) -> bytes:
    """A ROM of 32 kB that runs the program."""
    rom = bytearray(0x8000)
    rom[_ENTRY : _ENTRY + 4] = bytes([0x00, 0xC3, _PROGRAM & 0xFF, _PROGRAM >> 8])
    rom[_TYPE] = kind
    rom[_PROGRAM : _PROGRAM + len(program)] = program
    return bytes(rom)
