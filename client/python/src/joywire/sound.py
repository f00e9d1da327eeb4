"""The sound of the audio channel, as its reader gets it (docs/protocol.md, "Sound")."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import check
from .errors import client_error
from .reader import ByteReader
from .subscription import Last

#: Pieces that are kept for a reader who is slower: half a second.
SOUNDS_KEPT = 15
#: Longest piece worth believing: ten seconds.
_MOST_SAMPLES = 441_000
_CHUNK, _END = 0, 2


@dataclass(frozen=True, slots=True)
class Sound:
    """A piece of sound: usually two frames. ``position`` tells whether something is missing before it."""

    #: Stereo samples that the game made before these.
    position: int
    #: Frames that the game had run at the end of it.
    frame: int
    #: Stereo samples a second at which it is to be played.
    rate: int
    #: Left and right in turn, a signed byte each; 64 is as loud as it gets.
    samples: bytes


def read_sound(payload: Any) -> Sound:
    """Reads a payload. Raises JoywireError ``protocol_error``, and ``Last`` when the game is over."""
    reader = ByteReader(check.binary(payload, "audio"))
    kind = reader.byte()
    if kind == _END:
        raise Last
    if kind != _CHUNK:
        raise client_error("protocol_error", f"audio: a payload of kind {kind}")
    position, frame, rate, count = (reader.integer() for _ in range(4))
    if count > _MOST_SAMPLES or rate == 0 or reader.overrun:
        raise client_error("protocol_error", "audio: a head that cannot be")
    samples = bytearray()
    while len(samples) < 2 * count:
        run = reader.integer()
        level = reader.take(2)
        if run == 0 or len(samples) + 2 * run > 2 * count or len(level) < 2:
            raise client_error("protocol_error", "audio: a run that cannot be")
        samples += level * run
    return Sound(position, frame, rate, bytes(samples))
