"""Pictures as arrays: read, halved as the channel ``screen`` halves them, and turned grey."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..results import HEIGHT, WIDTH

Pixels: TypeAlias = NDArray[np.uint8]

#: Brightness of red, green and blue (ITU-R BT.601), in 256ths.
_RED, _GREEN, _BLUE = 77, 150, 29


def read_pixels(raw: bytes) -> Pixels:
    """A raw picture of the protocol, as an array of 144 x 160 x 3 that cannot be written to."""
    return np.frombuffer(raw, np.uint8).reshape(HEIGHT, WIDTH, 3)


def halve(pixels: Pixels) -> Pixels:
    """Each pixel is the mean of four: of each channel the sum divided by four, rounded down."""
    height, width, channels = pixels.shape
    squares = pixels.reshape(height // 2, 2, width // 2, 2, channels)
    sums: NDArray[np.uint16] = squares.sum(axis=(1, 3), dtype=np.uint16)
    return (sums >> 2).astype(np.uint8)


def brightness(pixels: Pixels) -> Pixels:
    """One value for each pixel."""
    wide = pixels.astype(np.uint16)
    sums = wide[..., 0] * _RED + wide[..., 1] * _GREEN + wide[..., 2] * _BLUE
    return (sums >> 8).astype(np.uint8)
