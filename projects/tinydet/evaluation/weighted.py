"""AP of images that count several times, or not at all, as in a bootstrap.

With a weight of 1 for each image, the numbers are those of the evaluator. With whole weights, they
are those of a data set that has each image that many times, up to the order of equal scores.
"""

from __future__ import annotations

import numpy as np

from tinydet.evaluation.matched import ClassMatches
from tinydet.evaluation.protocol import Protocol

RECALLS = np.linspace(0, 1, 101)
BLOCK = 1 << 21  # weights of detections that are held at once, 16 MB
EPS = np.spacing(1)  # as in pycocotools


def weighted_ap(matches: ClassMatches, weights: np.ndarray) -> np.ndarray:
    """Return the AP of a class.

    Args:
        matches: ``D`` detections in ``I`` images.
        weights: ``(R, I)`` whole numbers: how often each image counts.

    Returns:
        ``(R, T, A)`` in 0..1; NaN where no object has a weight.
    """
    size = max(1, BLOCK // max(1, len(matches.image)))
    parts = [
        _block(matches, weights[start : start + size]) for start in range(0, len(weights), size)
    ]
    return np.concatenate(parts)


def _block(matches: ClassMatches, weights: np.ndarray) -> np.ndarray:
    """Return :func:`weighted_ap` of as many rows as fit into the memory.

    False positives are counted as all detections whose area lies in the range, which is the same
    for each threshold, corrected by the few that match something.
    """
    own = weights[:, matches.image].astype(np.float64)  # (R, D)
    objects = weights @ matches.objects.T  # (R, A)
    result = np.empty((len(weights), *matches.hits.shape[:2]))
    for a, inside in enumerate(matches.inside):
        every = np.cumsum(own * inside, 1)
        for t, (hits, false) in enumerate(
            zip(matches.hits[:, a], matches.false[:, a], strict=True)
        ):
            some = np.flatnonzero(hits | (false != inside))
            hit, extra = hits[some], (inside & ~false)[some]
            found = np.cumsum(own[:, some] * hit, 1)[:, hit]
            wrong = (every[:, some] - np.cumsum(own[:, some] * extra, 1))[:, hit]
            result[:, t, a] = _area(found, wrong, objects[:, a])
    return result


def _area(found: np.ndarray, wrong: np.ndarray, objects: np.ndarray) -> np.ndarray:
    """Return ``(R,)`` areas below curves, as the mean over 101 recalls of the best precision there.

    Args:
        found: ``(R, H)`` weight of the true positives up to each of them.
        wrong: ``(R, H)`` weight of the false positives above each of them.
        objects: ``(R,)`` weight of all objects.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        recall = found / objects[:, None]
    precision = found / (found + wrong + EPS)
    best = np.maximum.accumulate(precision[:, ::-1], 1)[:, ::-1]
    reached = np.searchsorted(RECALLS, recall, "right")  # how many recalls lie below
    steps = np.diff(reached, axis=1, prepend=0)
    return np.where(objects > 0, (best * steps).sum(1) / len(RECALLS), np.nan)


def weighted_summary(
    classes: dict[str, ClassMatches], weights: np.ndarray, protocol: Protocol
) -> dict[str, np.ndarray]:
    """Return ``{metric: (R,)}``: AP, AP_50, AP_75, AP of each range and, of several, each class.

    Args:
        classes: Matches by class name.
        weights: ``(R, I)``, see :func:`weighted_ap`.
        protocol: That of the matches.
    """
    each = np.stack([weighted_ap(matches, weights) for matches in classes.values()])  # (K, R, T, A)
    rows = {"AP": _mean(each[..., 0].mean(-1))}
    for percent in (50, 75):
        at = np.flatnonzero(np.isclose(protocol.iou_thrs, percent / 100))
        if len(at):
            rows[f"AP_{percent}"] = _mean(each[:, :, at[0], 0])
    for a, name in list(enumerate(protocol.area_ranges))[1:]:
        rows[f"AP_{name}"] = _mean(each[..., a].mean(-1))
    if len(classes) > 1:
        rows |= {f"{name}_AP": each[k, ..., 0].mean(-1) for k, name in enumerate(classes)}
    return rows


def _mean(values: np.ndarray) -> np.ndarray:
    """Return the mean over the classes, ``(K, R)``, that have objects; NaN where none has."""
    valid = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        return np.where(valid, values, 0).sum(0) / valid.sum(0)
