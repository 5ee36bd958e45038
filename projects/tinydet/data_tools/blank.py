"""Boxes on pixels that show nothing: the padding of a tile, a dead area of a sensor."""

from __future__ import annotations

import numpy as np

AROUND = 2  # px beside the box that are looked at too: an object in one color has an edge
NOISE = 2  # gray levels between which JPEG leaves a constant area


def on_blank(pixels: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Tell which boxes lie, with a margin of 2 px, on pixels of one color.

    Args:
        pixels: ``(H, W, C)`` uint8.
        boxes: ``(N, 4)`` x1, y1, x2, y2 in px, inside the picture.

    Returns:
        ``(N,)`` bool.
    """
    limit = np.array(pixels.shape[1::-1])
    low = np.maximum(np.floor(boxes[:, :2]) - AROUND, 0).astype(int)
    high = np.minimum(np.ceil(boxes[:, 2:]) + AROUND, limit).astype(int)
    corners = zip(*low.T.tolist(), *high.T.tolist(), strict=True)
    parts = (pixels[y1:y2, x1:x2] for x1, y1, x2, y2 in corners)
    return np.array([(np.ptp(part, (0, 1)) <= NOISE).all() for part in parts], bool)
