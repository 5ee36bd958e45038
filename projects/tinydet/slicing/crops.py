"""A tile of a picture in memory, gray where it reaches beyond."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinydet.compat.padding import GRAY


def crop(picture: np.ndarray, tile: Sequence[int]) -> np.ndarray:
    """Cut a tile, x1, y1, x2, y2 in px, out of ``(H, W)`` or ``(H, W, C)``; a view where it can."""
    x1, y1, x2, y2 = tile
    return padded(picture[y1:y2, x1:x2], y2 - y1, x2 - x1)


def padded(pixels: np.ndarray, height: int, width: int, value: int = GRAY) -> np.ndarray:
    """Return pixels with rows below and columns on the right up to a height and a width."""
    lacking = (height - pixels.shape[0], width - pixels.shape[1])
    if not any(lacking):
        return pixels
    beyond = ((0, lacking[0]), (0, lacking[1]), *[(0, 0)] * (pixels.ndim - 2))
    return np.pad(pixels, beyond, constant_values=value)
