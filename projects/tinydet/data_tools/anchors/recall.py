"""How well objects and anchors match, and the best possible recall.

The recall is that of a head's own rule. YOLO matches an object with an anchor whose sides differ
by less than a factor (``prior_match_thr``). mmdet's heads need an IoU with an anchor that stands on
the grid of its level, so a stride of 16 px loses an object of 6 px whatever its anchor's size is.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tinydet.data_tools.anchors.heads import Head

CHUNK = 100_000


def similarity(objects: np.ndarray, anchors: np.ndarray, by_ratio: bool) -> np.ndarray:
    """Return the similarity of each object with its best anchor, ``(N,)`` in 0..1.

    Args:
        objects: ``(N, 4)`` x and y of the center, width, height, px.
        anchors: ``(A, 3)`` width, height, stride, px; centers are multiples of the stride.
        by_ratio: See :class:`~tinydet.data_tools.anchors.heads.Head`.
    """
    parts = np.array_split(objects, -(-len(objects) // CHUNK) or 1)
    one = _ratio if by_ratio else _iou
    return np.concatenate([one(part[:, None], anchors).max(1) for part in parts])


def _ratio(objects: np.ndarray, anchors: np.ndarray) -> np.ndarray:
    ratio = objects[..., 2:] / anchors[:, :2]
    return np.minimum(ratio, 1 / ratio).min(-1)


def _iou(objects: np.ndarray, anchors: np.ndarray) -> np.ndarray:
    """Return ``(N, A)`` IoU of objects ``(N, 1, 4)`` with the nearest anchor of each kind."""
    stride = anchors[:, 2:]
    away = np.abs((objects[..., :2] + stride / 2) % stride - stride / 2)
    sides, others = objects[..., 2:], anchors[:, :2]
    shared = np.minimum(np.minimum(sides, others), (sides + others) / 2 - away).clip(0).prod(-1)
    return shared / (sides.prod(-1) + others.prod(-1) - shared)


class Reached(NamedTuple):
    """What anchors reach on the objects.

    Attributes:
        recall: Best possible recall: the share of the objects that an anchor can match.
        mean: Mean similarity of an object and its best anchor.
    """

    recall: float
    mean: float


def reached(objects: np.ndarray, head: Head) -> Reached:
    """Return what a head's anchors reach on ``(N, 4)`` objects."""
    similar = similarity(objects, head.anchors(), head.by_ratio)
    return Reached(float((similar >= head.threshold).mean()), float(similar.mean()))
