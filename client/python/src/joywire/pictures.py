"""The pictures of the screen channel, as their reader gets them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import check
from .errors import client_error
from .png import encode_png
from .results import rgb_array
from .screen_decoder import End, Faulty, Gap, IndexedPicture, ScreenDecoder
from .subscription import Last, Read, Skip

if TYPE_CHECKING:
    import numpy


@dataclass(frozen=True, slots=True)
class Picture(IndexedPicture):
    """One picture. It stays as it is when the next one comes."""

    def rgb(self) -> bytes:
        """3 bytes for each pixel, row by row."""
        return b"".join(map(self.palette.__getitem__, self.pixels))

    def array(self) -> numpy.ndarray[Any, Any]:
        """An array of height x width x 3 bytes. Raises JoywireError ``missing_package`` without numpy."""
        return rgb_array(self.rgb(), self.width, self.height)

    def png(self) -> bytes:
        """A PNG file."""
        return encode_png(self.rgb(), self.width, self.height)


def picture_reader() -> Read[Picture]:
    """A reader for one subscription: every payload builds on the one before."""
    decoder = ScreenDecoder()

    def read(payload: Any) -> Picture:
        decoded = decoder.decode(check.binary(payload, "screen"))
        if isinstance(decoded, Gap):
            raise Skip
        if isinstance(decoded, End):
            raise Last
        if isinstance(decoded, Faulty):
            message = f"screen: a picture that cannot be read: {decoded.message}"
            raise client_error("protocol_error", message)
        return Picture(decoded.width, decoded.height, decoded.frame, decoded.pixels, decoded.palette)

    return read
