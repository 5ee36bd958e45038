"""Summarize the curves and the oLRP of each class in the rows of AI-TOD's printout."""

from __future__ import annotations

import numpy as np

from tinydet.evaluation.aitod.olrp import OLRP, olrp
from tinydet.evaluation.protocol import ClassResult, Protocol


def mean_of_valid(values: np.ndarray) -> float:
    """Return the mean of the values above -1, or -1 if there are none."""
    valid = values[values > -1]
    return float(valid.mean()) if valid.size else -1.0


def summarize_class(result: ClassResult, error: OLRP, protocol: Protocol) -> dict[str, float]:
    """Return the rows of one class."""
    rows = {
        "AP" if name == "all" else f"AP_{name}": mean_of_valid(result.precision[:, :, index, -1])
        for index, name in enumerate(protocol.area_ranges)
    }
    at_half = np.isclose(protocol.iou_thrs, 0.5)
    rows["AP_50"] = mean_of_valid(result.precision[at_half][:, :, 0, -1])
    parts = ("oLRP", "oLRP_loc", "oLRP_fp", "oLRP_fn", "lrp_thr")
    return rows | dict(zip(parts, error, strict=True))


def names_of_summary(protocol: Protocol) -> list[str]:
    """Return the names of the rows of :func:`summarize`."""
    # An evaluation without ground truth has the same rows.
    sizes = len(protocol.iou_thrs), len(protocol.area_ranges), len(protocol.max_dets)
    nothing = ClassResult(
        -np.ones((sizes[0], 1, *sizes[1:])), -np.ones(sizes), np.empty(0), np.empty(0)
    )
    return list(summarize([(nothing, olrp(nothing.scores, nothing.ious, 0))], protocol))


def summarize(results: list[tuple[ClassResult, OLRP]], protocol: Protocol) -> dict[str, float]:
    """Return the rows over all classes, in the order of the official printout.

    Every AP is taken at the last limit; only the plain AR rows use the other limits.
    """
    # Classes last: (T, 101, A, M, K) and (T, A, M, K).
    precision = np.stack([result.precision for result, _ in results], -1)
    recall = np.stack([result.recall for result, _ in results], -1)
    summary = {"AP": mean_of_valid(precision[:, :, 0, -1])}
    for percent in (25, 50, 75):
        # isclose, because a threshold of linspace may differ from the literal in the last bit.
        at = np.isclose(protocol.iou_thrs, percent / 100)
        summary[f"AP_{percent}"] = mean_of_valid(precision[at][:, :, 0, -1])
    ranges = list(enumerate(protocol.area_ranges))[1:]
    for index, name in ranges:
        summary[f"AP_{name}"] = mean_of_valid(precision[:, :, index, -1])
    for index, limit in enumerate(protocol.max_dets):
        summary[f"AR@{limit}"] = mean_of_valid(recall[:, 0, index])
    for index, name in ranges:
        summary[f"AR_{name}@{protocol.max_dets[-1]}"] = mean_of_valid(recall[:, index, -1])
    parts = ("oLRP", "oLRP_Localisation", "oLRP_false_positive", "oLRP_false_negative")
    for index, name in enumerate(parts):
        values = np.array([error[index] for _, error in results], np.float64)
        summary[name] = mean_of_valid(values[np.isfinite(values)])  # NaN: no true positive
    return summary
