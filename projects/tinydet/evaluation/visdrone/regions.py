"""Drop the boxes in VisDrone's ignored regions, pixel for pixel as the toolkit does.

Protocol: VisDrone2019-DET, MATLAB toolkit 1.0.4. The toolkit's pixel counts are not symmetric: a
region is drawn one pixel larger than its width and height, and the first row and column of a box
are not counted. Both are reproduced here, because they decide on boxes that are half ignored.
"""

from __future__ import annotations

import cv2
import numpy as np

from tinydet.boxes import Boxes
from tinydet.evaluation.visdrone.rows import REGION

LIMIT = 0.5  # boxes with at least this fraction of ignored pixels are dropped


def round_half_away(values: np.ndarray) -> np.ndarray:
    """Round halves away from zero, as MATLAB does: 2.5 becomes 3, where NumPy returns 2."""
    return np.copysign(np.floor(np.abs(values) + 0.5), values)


def summed_area(regions: np.ndarray, height: int, width: int) -> np.ndarray:
    """Draw regions and return the summed-area table of the drawn pixels.

    Args:
        regions: ``(R, 4)`` left, top, width and height in whole pixels, counted from 1.
        height: Height of the image in pixels.
        width: Width of the image in pixels.

    Returns:
        ``(height + 1, width + 1)``; entry ``[y, x]`` is the number of ignored pixels in the first
        ``y`` rows and ``x`` columns.
    """
    canvas = np.zeros((height, width), np.uint8)
    for x, y, w, h in np.maximum(regions, 1).astype(np.int64):
        canvas[y - 1 : y + h, x - 1 : x + w] = 1
    return cv2.integral(canvas)  # int32, which holds the pixel count of any image


def ignored_share(boxes: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Return the ignored pixels of each box, divided by its rounded area before clipping.

    Args:
        boxes: ``(N, 4)`` left, top, width and height in pixels.
        table: From :func:`summed_area`.

    Returns:
        ``(N,)`` fractions.
    """
    height, width = table.shape[0] - 1, table.shape[1] - 1
    x, y, w, h = np.maximum(round_half_away(boxes), 1).T
    # Clipped as floats, because a detector may return 1e30, which no integer holds.
    left, right = (np.minimum(edge, width).astype(np.int64) for edge in (x, x + w))
    top, bottom = (np.minimum(edge, height).astype(np.int64) for edge in (y, y + h))
    count = table[bottom, right] - table[top, right] - table[bottom, left] + table[top, left]
    return count / (w * h)


def drop_ignored(truth: Boxes, found: Boxes, height: int, width: int) -> tuple[Boxes, Boxes]:
    """Return the objects and the detections of an image that lie outside its ignored regions."""
    is_region = truth.class_ids == REGION
    regions, objects = truth.xywh[is_region], truth[~is_region]
    if not len(regions):
        return objects, found
    table = summed_area(regions, height, width)
    objects, found = (part[ignored_share(part.xywh, table) < LIMIT] for part in (objects, found))
    return objects, found
