"""How close objects stand to each other, and which are labeled twice."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from tinydet.data_tools.objects import Objects

TWICE = 0.8  # IoU from which two boxes are taken for one object


def by_picture(objects: Objects) -> list[np.ndarray]:
    """Return the positions of the objects of each picture that has some."""
    if not len(objects.picture):
        return []
    order = np.argsort(objects.picture, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(objects.picture[order])) + 1)


def spacing(objects: Objects) -> np.ndarray:
    """Return the distance of each object's center to the nearest one over the object's size.

    Returns:
        ``(N,)``; infinite for the only object of a picture.
    """
    apart = np.full(len(objects.boxes), np.inf)
    centers = objects.centered[:, :2]
    for chosen in by_picture(objects):
        if len(chosen) > 1:
            apart[chosen] = cKDTree(centers[chosen]).query(centers[chosen], 2)[0][:, 1]
    return apart / objects.sizes


def twice(objects: Objects) -> np.ndarray:
    """Return ``(K, 2)`` positions of pairs of boxes of a picture with an IoU of at least 0.8.

    Such boxes have nearby centers, so that only neighbors are compared.
    """
    pairs = [np.empty((0, 2), int)]
    for chosen in by_picture(objects):
        place = objects.centered[chosen]
        tree = cKDTree(place[:, :2])
        near = tree.query_pairs(place[:, 2:].max() * (1 / TWICE - 1), output_type="ndarray")
        first, second = (objects.boxes[chosen[column]] for column in near.T)
        pairs.append(chosen[near[_iou(first, second) >= TWICE]])
    return np.concatenate(pairs)


def _iou(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return ``(N,)`` IoU of boxes x1, y1, x2, y2 with their partners."""
    low, high = np.maximum(first[:, :2], second[:, :2]), np.minimum(first[:, 2:], second[:, 2:])
    shared = (high - low).clip(0).prod(1)
    whole = [(boxes[:, 2:] - boxes[:, :2]).prod(1) for boxes in (first, second)]
    return shared / (sum(whole) - shared)
