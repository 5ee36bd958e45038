"""From matches to the numbers of VisDrone's classes: areas under curves, and recalls."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinydet.evaluation.visdrone_matching import MAX_DETS, THRESHOLDS, match
from tinydet.evaluation.visdrone_rows import CLASSES, Rows

COLUMNS = ("AP", "AP_50", "AP_75", *(f"AR_{limit}" for limit in MAX_DETS))


def average_precision(hit: np.ndarray, wrong: np.ndarray, num_objects: int) -> np.ndarray:
    """Return ``(T,)`` areas under the precision-recall curves, every point of them used.

    Args:
        hit: ``(T, D)`` true positives of ``T`` thresholds, in descending score.
        wrong: ``(T, D)`` false positives; what is neither does not count.
        num_objects: Objects of the class, the ignored ones with them.
    """
    tp, fp = hit.cumsum(1), wrong.cumsum(1)
    precision = tp / np.maximum(tp + fp, 1)
    # The precision at a recall is the best one from there on.
    envelope = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    return (hit * envelope).sum(1) / max(num_objects, 1)


def class_numbers(images: Sequence[tuple[Rows, Rows]]) -> np.ndarray:
    """Match all images and return ``(K, 7)`` numbers of the classes, the columns of ``COLUMNS``.

    Args:
        images: Objects and detections of each image, in the order that decides between equal
            scores; at most ``MAX_DETS[-1]`` detections.

    Returns:
        Per cent; 0 for a class without objects.
    """
    matches = [match(found, objects) for objects, found in images]
    hits = np.concatenate([part.hits for part in matches], 1)
    neutral = np.concatenate([part.neutral for part in matches])
    scores = np.concatenate([found.scores for _, found in images])
    found_as = np.concatenate([found.categories for _, found in images])
    objects_of = np.concatenate([objects.categories for objects, _ in images])

    numbers = []
    for category in range(1, len(CLASSES) + 1):
        chosen = np.flatnonzero(found_as == category)
        chosen = chosen[np.argsort(-scores[chosen], kind="stable")]
        count = int((objects_of == category).sum())
        hit = _unpack(hits[:, chosen])  # (M, T, D)
        wrong = ~(hit[-1] | _unpack(neutral[chosen]))
        ap = average_precision(hit[-1], wrong, count)
        recall = hit.sum(2) / max(count, 1)
        # Thresholds count from 0.50 in steps of 0.05.
        numbers.append([ap.mean(), ap[0], ap[5], *recall.mean(1)])
    return 100 * np.array(numbers)


def _unpack(bits: np.ndarray) -> np.ndarray:
    """Return the bits of the thresholds along an axis before the last one."""
    return (bits[..., None, :] >> np.arange(len(THRESHOLDS))[:, None] & 1).astype(bool)
