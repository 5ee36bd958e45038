"""AP of images that count several times, or not at all, as in a bootstrap.

With a weight of 1 for each image, the numbers are those of the evaluator. With whole weights, they
are those of a data set that has each image that many times, up to the order of equal scores.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from tinydet.evaluation.matched import ClassMatches
from tinydet.evaluation.protocol import Protocol

RECALLS = np.linspace(0, 1, 101)
BLOCK = 1 << 20  # weights of turns that are held at once, 8 MB
EPS = np.spacing(1)  # as in pycocotools


def weighted_ap(matches: ClassMatches, weights: np.ndarray) -> np.ndarray:
    """Return the AP of a class.

    A curve turns at the detections that match something, which are few. What lies between two of
    them is a false positive at every threshold if its area lies in the range, and is therefore
    counted by image once for all thresholds.

    Args:
        matches: ``D`` detections in ``I`` images.
        weights: ``(R, I)`` whole numbers: how often each image counts.

    Returns:
        ``(R, T, A)`` in 0..1; NaN where no object has a weight.
    """
    matched = matches.inside & ~matches.false  # (T, A, D): in the range, and no false positive
    turns = np.flatnonzero((matches.hits | matched).any((0, 1)))  # (U,)
    counts = [_between(turns, matches.image, inside, weights.shape[1]) for inside in matches.inside]
    at_turns = (matches.image[turns], matches.hits[..., turns], matched[..., turns])
    size = max(1, BLOCK // max(1, len(turns)))
    parts = [
        _block(*at_turns, counts, matches.objects, weights[start : start + size].T.astype(float))
        for start in range(0, len(weights), size)
    ]
    return np.concatenate(parts)


def _between(turns: np.ndarray, image: np.ndarray, inside: np.ndarray, images: int) -> csr_array:
    """Return ``(U, I)`` numbers of detections in a range, from behind a turn up to the next one."""
    chosen = np.flatnonzero(inside[: turns[-1] + 1 if len(turns) else 0])
    places = np.searchsorted(turns, chosen), image[chosen]
    return csr_array((np.ones(len(chosen)), places), (len(turns), images))


def _block(
    image: np.ndarray,
    hits: np.ndarray,
    matched: np.ndarray,
    counts: list[csr_array],
    objects: np.ndarray,
    weights: np.ndarray,
) -> np.ndarray:
    """Return :func:`weighted_ap` of ``(I, R)`` weights, as many as fit into the memory."""
    own, total = weights[image], objects @ weights  # (U, R), (A, R)
    result = np.empty((weights.shape[1], *hits.shape[:2]))
    for a, between in enumerate(counts):
        every = np.cumsum(between @ weights, 0)  # (U, R)
        for t in range(len(hits)):
            some = np.flatnonzero(hits[t, a] | matched[t, a])
            hit, true = hits[t, a, some], matched[t, a, some]
            found = np.cumsum(own[some] * hit[:, None], 0)[hit]
            wrong = (every[some] - np.cumsum(own[some] * true[:, None], 0))[hit]
            result[:, t, a] = _area(found, wrong, total[a])
    return result


def _area(found: np.ndarray, wrong: np.ndarray, objects: np.ndarray) -> np.ndarray:
    """Return ``(R,)`` areas below curves, as the mean over 101 recalls of the best precision there.

    Args:
        found: ``(H, R)`` weight of the true positives up to each of them.
        wrong: ``(H, R)`` weight of the false positives above each of them.
        objects: ``(R,)`` weight of all objects.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        recall = found / objects
    precision = found / (found + wrong + EPS)
    best = np.maximum.accumulate(precision[::-1], 0)[::-1]
    reached = np.searchsorted(RECALLS, recall, "right")  # how many recalls lie below
    steps = np.diff(reached, axis=0, prepend=0)
    return np.where(objects > 0, (best * steps).sum(0) / len(RECALLS), np.nan)


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
