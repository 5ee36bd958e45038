"""Does a score of 0.7 mean that 70 % of such detections are right?

Expected calibration error: Guo et al., On Calibration of Modern Neural Networks, arXiv:1706.04599,
Eq. (3), with a detection in place of a classified picture. It is right if it found an object at an
IoU of 0.5; what lies on a crowd does not count.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

BINS = 10


class Calibration(NamedTuple):
    """Detections in equally wide bins of the score; NaN in empty bins.

    Attributes:
        error: Expected calibration error: the mean of ``|right - scores|`` over the detections.
        scores: ``(BINS,)`` mean score.
        right: ``(BINS,)`` share of right detections.
        counts: ``(BINS,)`` number of detections.
    """

    error: float
    scores: np.ndarray
    right: np.ndarray
    counts: np.ndarray


def calibration(scores: np.ndarray, right: np.ndarray) -> Calibration:
    """Return the calibration of ``(D,)`` scores in 0..1 and booleans."""
    place = np.clip((scores * BINS).astype(int), 0, BINS - 1)
    counts, sums, hits = (
        np.bincount(place, weights, BINS) for weights in (None, scores, right.astype(float))
    )
    with np.errstate(invalid="ignore"):
        mean, share = sums / counts, hits / counts
    error = np.abs(hits - sums).sum() / len(scores) if len(scores) else np.nan
    return Calibration(float(error), mean, share, counts)
