"""Where the tiles of a picture lie, and what of a box a tile shows: arrays in, arrays out."""

from __future__ import annotations

import math
from numbers import Integral, Real

import numpy as np

from tinydet.errors import InputError

Size = int | tuple[int, int]
CLOSE = 1.0  # px: a detector's box ends about so far from the edge that cuts its object


def tile_grid(height: int, width: int, size: Size, overlap: float) -> np.ndarray:
    """Cover a picture with tiles of one shape, row by row.

    The last row and column move inward, so that they overlap their neighbors more than asked. A
    picture smaller than a tile gets one that reaches beyond it at the bottom and on the right,
    where it is to be padded.

    Args:
        height: Of the picture, px.
        width: Of the picture, px.
        size: Side of a tile, px, or height and width.
        overlap: Of neighboring tiles: whole px, or a float as a share of the tile's side.

    Returns:
        ``(T, 4)`` int64 boxes x1, y1, x2, y2, px.

    Raises:
        InputError: A side is not a positive integer, or the overlap not below the tile's sides.
    """
    tile_height, tile_width = sides(size)
    top = _starts(height, tile_height, overlap)
    left = _starts(width, tile_width, overlap)
    y, x = (axis.ravel() for axis in np.meshgrid(top, left, indexing="ij"))
    return np.stack([x, y, x + tile_width, y + tile_height], 1)


def sides(size: Size) -> tuple[int, int]:
    """Return the height and the width of a tile, px.

    Raises:
        InputError: It is neither a positive integer nor two of them.
    """
    pair = (size, size) if isinstance(size, Integral) else size
    whole = isinstance(pair, tuple | list) and len(pair) == 2
    if not whole or not all(isinstance(side, Integral) and side > 0 for side in pair):
        raise InputError(
            f"size={size!r} of the tiles; write a whole number of px, or (height, width)"
        )
    return int(pair[0]), int(pair[1])


def _starts(length: int, side: int, overlap: float) -> np.ndarray:
    step = side - overlap_of(side, overlap)
    steps = max(0, math.ceil((length - side) / step))
    return np.minimum(np.arange(steps + 1) * step, max(0, length - side))


def overlap_of(side: int, overlap: float) -> int:
    """Return the px of a tile's side that it shares with the next tile.

    Raises:
        InputError: It is negative or not below the side.
    """
    share = isinstance(overlap, Real) and not isinstance(overlap, Integral)
    # 0.2 * 640 is a little more than 128 in binary.
    pixels = math.ceil(overlap * side - 1e-6) if share else overlap
    if not isinstance(pixels, Integral) or (share and overlap >= 1) or not 0 <= pixels < side:
        raise InputError(
            f"overlap={overlap!r} with tiles of {side} px; write whole px from 0 to {side - 1}, "
            "or a share such as 0.2, below 1"
        )
    return int(pixels)


def visible_share(boxes: np.ndarray, tile: np.ndarray) -> np.ndarray:
    """Return the share of each box's area that lies in a tile.

    Args:
        boxes: ``(..., 4)`` as x1, y1, x2, y2, px. A side of length 0 counts as a point.
        tile: ``(..., 4)``, broadcast: ``tiles[:, None]`` gives one row a tile.

    Returns:
        ``(...)`` from 0 to 1.
    """
    boxes, tile = np.asarray(boxes, float), np.asarray(tile, float)
    low = np.maximum(boxes[..., :2], tile[..., :2])
    high = np.minimum(boxes[..., 2:], tile[..., 2:])
    length = boxes[..., 2:] - boxes[..., :2]
    seen = (high - low).clip(0) / np.where(length > 0, length, 1)
    return np.where(length > 0, seen, high >= low).prod(-1)


def touching(
    boxes: np.ndarray, tile: np.ndarray, picture: tuple[int, int], close: float = CLOSE
) -> np.ndarray:
    """Tell which sides of a box lie on an inner edge of its tile, where an object may be cut.

    Args:
        boxes: ``(..., 4)`` as x1, y1, x2, y2, px of the picture.
        tile: ``(..., 4)``, broadcast.
        picture: Height and width, px: an edge of the tile on or beyond its border is no inner one.
        close: Farthest a side is from an edge that it lies on, px.

    Returns:
        ``(..., 4)`` bools for left, top, right and bottom.
    """
    boxes, tile = np.asarray(boxes, float), np.asarray(tile, float)
    height, width = picture
    inner = (tile > 0) & (tile < np.array([width, height, width, height]))
    beyond = np.concatenate([boxes[..., :2] - tile[..., :2], tile[..., 2:] - boxes[..., 2:]], -1)
    return inner & (beyond <= close)
