"""AP lost to each kind of error: the AP after mending that kind alone, minus the AP.

Paper: TIDE, arXiv:2008.08115, section 2.3: what is badly placed is moved, what is confused renamed,
what is both, double or background taken out, and an object that is missed no longer counts. Of
several detections at one object, the best becomes right and the others are taken out, as are all
at an object that is found anyway. The parts do not add up to what is missing from 1, because
precision and recall depend on each other.

Ours: what is mended is evaluated again by the evaluator itself, so that the numbers hold for each
size range. A class whose objects are all missed has an AP of 1 without them; in TIDE it leaves
the mean, and the gain of a range in which nothing is found would be undefined.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tinydet.analysis.error_kinds import (
    BACKGROUND,
    BADLY_PLACED,
    BOTH,
    CONFUSED,
    DOUBLE,
    FOUND,
    MISSED,
)
from tinydet.analysis.judged import Judged
from tinydet.boxes import Boxes
from tinydet.evaluation.protocol import Protocol
from tinydet.evaluation.ultrafast_backend import match

ERRORS = (MISSED, BADLY_PLACED, CONFUSED, BOTH, DOUBLE, BACKGROUND)


def curves(truth: dict, detections: Boxes, protocol: Protocol) -> np.ndarray:
    """Return precisions at an IoU of 0.5.

    Args:
        truth: Ground truth.
        detections: With the ids of the ground truth.
        protocol: Area ranges and limits.

    Returns:
        ``(101, A, K)`` in 0..1 at recalls from 0 to 1; NaN without objects.
    """
    half = protocol._replace(iou_thrs=np.array([0.5]))
    results = match(truth, detections, half)
    precision = np.stack([result.precision[0, :, :, -1] for result in results], -1)
    return np.where(precision < 0, np.nan, precision)


def lost_ap(truth: dict, judged: Judged, protocol: Protocol) -> dict[int, np.ndarray]:
    """Return ``{kind: (A, K)}``, the AP at an IoU of 0.5 lost in each area range and class.

    Args:
        truth: What the detections were judged by.
        judged: From :func:`tinydet.analysis.judged.judge`.
        protocol: Area ranges and limits.
    """
    before = curves(truth, _with_ids(judged.detections, truth), protocol).mean(0)
    lost = {}
    for kind in ERRORS:
        mended = curves(*_mended(truth, judged, kind), protocol).mean(0)
        emptied = np.isnan(mended) & ~np.isnan(before)
        lost[kind] = np.where(emptied, 1, mended) - before
    return lost


def _mended(truth: dict, judged: Judged, kind: int) -> tuple[dict, Boxes]:
    """Return ground truth and detections without one kind of error."""
    found = judged.detections
    if kind == MISSED:
        missed = set(judged.rows[judged.states == MISSED].tolist())
        kept = [row for place, row in enumerate(truth["annotations"]) if place not in missed]
        return dict(truth, annotations=kept), _with_ids(found, truth)
    wrong = judged.kinds == kind
    right = _best(judged, wrong) if kind in (BADLY_PLACED, CONFUSED) else np.zeros(0, int)
    targets = judged.objects[judged.targets[right]]
    boxes, labels = found.xywh.copy(), found.class_ids.copy()
    if kind == BADLY_PLACED:
        boxes[right] = targets.xywh
    elif kind == CONFUSED:
        labels[right] = targets.class_ids
    kept = ~wrong
    kept[right] = True
    return truth, _with_ids(
        replace(found, coordinates=boxes, class_ids=labels, format="xywh")[kept], truth
    )


def _best(judged: Judged, wrong: np.ndarray) -> np.ndarray:
    """Return the best of the wrong detections at each object that none found."""
    rows = np.flatnonzero(wrong)
    rows = rows[judged.states[judged.targets[rows]] != FOUND]
    rows = rows[np.argsort(-judged.detections.scores[rows], kind="stable")]
    return rows[np.unique(judged.targets[rows], return_index=True)[1]]


def _with_ids(detections: Boxes, truth: dict) -> Boxes:
    """Return detections with the ids of the ground truth in place of positions."""
    classes, images = (
        np.array(sorted(item["id"] for item in truth[key]), np.int64)
        for key in ("categories", "images")
    )
    return replace(
        detections,
        class_ids=classes[detections.class_ids],
        image_ids=images[detections.image_ids],
    )
