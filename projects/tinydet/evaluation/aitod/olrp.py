"""oLRP, the optimal localization-recall-precision error of one class.

Paper: Localization Recall Precision (LRP), ECCV 2018. AI-TOD's evaluator computes the error at its
first IoU threshold, which is 0.5 by default, and over all areas.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class OLRP(NamedTuple):
    """The error and its parts; 0 is best, -1 means no ground truth, NaN no true positive."""

    total: float
    localization: float
    false_positive: float
    false_negative: float
    threshold: float


def olrp(scores: np.ndarray, ious: np.ndarray, num_gts: int, tau: float = 0.5) -> OLRP:
    r"""Find the score threshold with the smallest LRP error.

    .. math:: LRP_i = \frac{\sum_{TP} (1 - IoU) / (1 - \tau) + FP + FN}{TP + FP + FN}

    over the first ``i`` detections. The first of several equal minima is taken.

    Args:
        scores: ``(D,)`` in descending order.
        ious: ``(D,)`` IoUs of true positives; NaN for false positives.
        num_gts: Number of ground truths of the class, without crowds.
        tau: IoU threshold of a true positive.
    """
    if num_gts == 0:
        return OLRP(-1.0, -1.0, -1.0, -1.0, -1.0)
    hit = np.isfinite(ious)
    if not hit.any():
        return OLRP(1.0, np.nan, np.nan, 1.0, np.nan)
    tp = np.cumsum(hit)
    fp = np.cumsum(~hit)
    error = np.cumsum(np.where(hit, 1 - ious, 0.0))
    fn = num_gts - tp
    lrp = (error / (1 - tau) + fp + fn) / (tp + fp + fn)
    best = int(np.argmin(lrp))
    if tp[best] == 0:
        return OLRP(1.0, np.nan, np.nan, 1.0, np.nan)
    return OLRP(
        float(lrp[best]),
        float(error[best] / tp[best]),
        float(fp[best] / (tp[best] + fp[best])),
        float(fn[best] / num_gts),
        float(scores[best]),
    )
