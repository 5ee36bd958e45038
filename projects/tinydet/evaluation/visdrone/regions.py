"""Drop the boxes that lie in VisDrone's ignored regions, pixel for pixel as the toolkit does.

Protocol: VisDrone2019-DET, MATLAB toolkit 1.0.4. Its pixel counts are not symmetric: a region
is drawn one pixel larger than its width and height say, and of a box the first row and column are
not counted. Both are kept here, because they decide over boxes at the limit of one half.
"""

from __future__ import annotations

import cv2
import numpy as np

from tinydet.evaluation.visdrone.rows import REGION, Rows

LIMIT = 0.5  # a box is dropped from this share of ignored pixels upwards


def round_half_away(values: np.ndarray) -> np.ndarray:
    """Round like MATLAB: 2.5 becomes 3; NumPy would round it to the even 2."""
    return np.copysign(np.floor(np.abs(values) + 0.5), values)


def summed_area(regions: np.ndarray, height: int, width: int) -> np.ndarray:
    """Draw regions and sum the map up.

    Args:
        regions: ``(R, 4)`` left, top, width and height, whole pixels counted from 1.
        height: Of the image, pixels.
        width: Of the image, pixels.

    Returns:
        ``(height + 1, width + 1)``; entry ``[y, x]`` is the number of ignored pixels in the first
        ``y`` rows and ``x`` columns.
    """
    canvas = np.zeros((height, width), np.uint8)
    for x, y, w, h in np.maximum(regions, 1).astype(np.int64):
        canvas[y - 1 : y + h, x - 1 : x + w] = 1
    return cv2.integral(canvas)  # int32, which holds the pixels of any image


def ignored_share(boxes: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Return ``(N,)`` ignored pixels of boxes by their unclipped rounded area.

    Args:
        boxes: ``(N, 4)`` left, top, width and height, pixels.
        table: From :func:`summed_area`.
    """
    height, width = table.shape[0] - 1, table.shape[1] - 1
    x, y, w, h = np.maximum(round_half_away(boxes), 1).T
    # In floats, because a detector may send a box to 1e30, which no integer holds.
    left, right = (np.minimum(edge, width).astype(np.int64) for edge in (x, x + w))
    top, bottom = (np.minimum(edge, height).astype(np.int64) for edge in (y, y + h))
    count = table[bottom, right] - table[top, right] - table[bottom, left] + table[top, left]
    return count / (w * h)


def drop_ignored(truth: Rows, found: Rows, height: int, width: int) -> tuple[Rows, Rows]:
    """Return the objects and the detections of an image that are not in its ignored regions."""
    is_region = truth.categories == REGION
    regions, objects = truth.boxes[is_region], truth[~is_region]
    if not len(regions):
        return objects, found
    table = summed_area(regions, height, width)
    objects, found = (rows[ignored_share(rows.boxes, table) < LIMIT] for rows in (objects, found))
    return objects, found
