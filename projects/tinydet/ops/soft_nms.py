"""Soft-NMS for ``mmcv.ops.soft_nms``.

Paper: Soft-NMS -- Improving Object Detection With One Line of Code, arXiv:1704.04503, Fig. 2.

Each kept box lowers the scores that decide which box is kept next, so the boxes are processed one
by one, each against all remaining boxes. mmcv does so on the CPU for boxes on any device. On a
thousand numbers, a call of numpy takes less than half the time of a call of torch.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from tinydet.ops.precision import widened

NAIVE, LINEAR, GAUSSIAN = 0, 1, 2  # mmcv's numbers
X1, Y1, X2, Y2, SCORE, AREA = range(6)  # rows of the array


def softnms(
    boxes: Tensor,
    scores: Tensor,
    dets: Tensor,
    *,
    iou_threshold: float,
    sigma: float,
    min_score: float,
    method: int,
    offset: int,
) -> Tensor:
    """Write the kept boxes and their lowered scores into the first ``K`` rows of ``dets``.

    Args:
        boxes: Corners x1, y1, x2, y2 in pixels, ``(N, 4)``.
        scores: ``(N,)``.
        dets: ``(N, 5)``; rows from ``K`` on are not changed.
        iou_threshold: From this IoU on, the naive method suppresses a box and the linear method
            multiplies its score by 1 - IoU.
        sigma: Variance of the Gaussian method.
        min_score: A box whose score falls below this is suppressed.
        method: 0 naive, 1 linear, 2 Gaussian.
        offset: 1 if a box ends with its last pixel (its width is then x2 - x1 + 1), otherwise 0.

    Returns:
        Indices of the kept boxes by descending lowered score, ``(K,)``, int64, on the CPU. Equal
        scores have the order of mmcv, whose swaps change which of two boxes comes first.
    """
    boxes, scores = (tensor.cpu() for tensor in widened(boxes, scores))
    sides = boxes[:, 2:] - boxes[:, :2] + offset
    table = torch.cat([boxes, scores[:, None], sides.prod(1, keepdim=True)], 1).T.numpy().copy()
    index = np.arange(len(boxes))
    left = len(boxes)  # columns from here on are suppressed
    place = 0
    with np.errstate(divide="ignore", invalid="ignore"):  # boxes without an area
        while place < left:
            best = place + _first_best(table[SCORE, place:left])
            if best != place:
                _swap(table.T, place, best)
                _swap(index, place, best)
            kept, rest = table[:, place], table[:, place + 1 : left]
            rest[SCORE] *= _weight(_iou(kept, rest, offset), iou_threshold, sigma, method)
            low = rest[SCORE] < min_score
            if low.any():
                left -= _fill_up(low, rest, index[place + 1 : left])
            place += 1
    dets[:left] = torch.from_numpy(table[:AREA, :left].T).to(dets)
    return torch.from_numpy(index[:left])


def _first_best(scores: np.ndarray) -> int:
    """Return the first index of the highest score; NaN is never higher."""
    best = int(scores.argmax())  # the first maximum, but NaN wins over any number
    if np.isnan(scores[best]):
        best = 0 if np.isnan(scores[0]) else int(np.nanargmax(scores))
    return best


def _swap(rows: np.ndarray, one: int, other: int) -> None:
    """Swap two rows; indexing by a list of both would take three times as long."""
    moved = rows[one].copy()
    rows[one] = rows[other]
    rows[other] = moved


def _iou(kept: np.ndarray, rest: np.ndarray, offset: int) -> np.ndarray:
    """Return the IoU of one column of the array with others."""
    start = np.maximum(rest[:X2], kept[:X2, None])
    end = np.minimum(rest[X2:SCORE], kept[X2:SCORE, None])
    width, height = np.maximum(end - start + offset, 0)
    shared = width * height
    return shared / (kept[AREA] + rest[AREA] - shared)


def _weight(iou: np.ndarray, iou_threshold: float, sigma: float, method: int) -> np.ndarray:
    """Return the factor of a score, given the IoU with the kept box."""
    if method == GAUSSIAN:
        return np.exp(-(iou * iou) / sigma)
    return np.where(iou >= iou_threshold, iou.dtype.type(0) if method == NAIVE else 1 - iou, 1)


def _fill_up(low: np.ndarray, rest: np.ndarray, index: np.ndarray) -> int:
    """Remove suppressed columns as mmcv does: the last kept column moves to the first free one.

    Returns:
        Number of removed columns.
    """
    staying = len(low) - int(low.sum())
    free = np.flatnonzero(low[:staying])
    movers = (staying + np.flatnonzero(~low[staying:]))[::-1]
    rest[:, free] = rest[:, movers]
    index[free] = index[movers]
    return len(low) - staying
