"""AP and AR of VisDrone's classes.

Protocol: VisDrone2019-DET, MATLAB toolkit 1.0.4. Within a class, the toolkit matches as COCO does,
with ignored objects as crowds, so the same library does the matching, with equal results. The
limits, the curves and the recalls, which count ignored objects as missed, differ from COCO's and
are computed here.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinydet.boxes import Boxes, concatenate
from tinydet.evaluation.ground_truth import coco_of
from tinydet.evaluation.protocol import Protocol
from tinydet.evaluation.ultrafast_backend import evaluate, open_databases
from tinydet.evaluation.visdrone.rows import CLASSES

# 0.5:0.05:0.95 as the toolkit's loop computes it, start plus steps: the eighth value is
# 0.8500000000000001, so an overlap of exactly 0.85 is below the threshold.
THRESHOLDS = 0.5 + 0.05 * np.arange(10)
MAX_DETS = (1, 10, 100, 500)  # per image, all classes together, in the order of the file
COLUMNS = ("AP", "AP_50", "AP_75", *(f"AR_{limit}" for limit in MAX_DETS))
CATEGORY_IDS = list(range(1, len(CLASSES) + 1))
PROTOCOL = Protocol(THRESHOLDS, {"all": [-np.inf, np.inf]}, list(MAX_DETS[-1:]))


def average_precision(hit: np.ndarray, wrong: np.ndarray, num_objects: int) -> np.ndarray:
    """Return ``(T,)`` areas under the precision-recall curves, without interpolation points.

    Args:
        hit: ``(T, D)`` true positives at ``T`` thresholds, by descending score.
        wrong: ``(T, D)`` false positives. Detections that are neither are ignored.
        num_objects: Number of objects of the class, ignored objects included.
    """
    tp, fp = hit.cumsum(1), wrong.cumsum(1)
    precision = tp / np.maximum(tp + fp, 1)
    # The precision at a recall is the largest precision at this or a higher recall.
    envelope = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    return (hit * envelope).sum(1) / max(num_objects, 1)


def class_numbers(images: Sequence[tuple[Boxes, Boxes]]) -> np.ndarray:
    """Match all images and compute the metrics of each class.

    Args:
        images: Objects and detections of each image, at most ``MAX_DETS[-1]`` detections. Their
            order decides between equal scores.

    Returns:
        ``(K, 7)`` fractions with the columns ``COLUMNS``; 0 for a class without objects.
    """
    objects, found = (concatenate([pair[side] for pair in images]) for side in (0, 1))
    truth = coco_of(objects, objects.scores == 0, len(images), len(CLASSES))
    ranks = np.concatenate([np.arange(len(boxes)) for _, boxes in images])
    recalls = []  # (T, K) per limit, of the objects that are not ignored
    for limit in MAX_DETS:
        databases = open_databases(truth, found[ranks < limit])
        evaluator = evaluate(databases, CATEGORY_IDS, PROTOCOL)
        recalls.append(evaluator.eval["recall"][:, :, 0, 0].clip(0))
    # The last limit keeps all detections. The overlap is 0 without a match.
    matches = [evaluator.per_instance(threshold, "all")[0] for threshold in THRESHOLDS]
    matched = np.stack([part["iou"] > 0 for part in matches])
    ignored = np.stack([part["ignore"] for part in matches])

    numbers = []
    for index, category_id in enumerate(CATEGORY_IDS):
        scores = objects.scores[objects.class_ids == category_id]
        chosen = np.flatnonzero(matches[0]["category_id"] == category_id)  # by image
        chosen = chosen[np.argsort(-matches[0]["score"][chosen], kind="stable")]
        hit, counts = matched[:, chosen], ~ignored[:, chosen]
        ap = average_precision(hit & counts, ~hit & counts, len(scores))
        share = float((scores != 0).sum()) / max(len(scores), 1)
        recall = [part[:, index].mean() * share for part in recalls]
        # The thresholds are 0.50 and steps of 0.05.
        numbers.append([ap.mean(), ap[0], ap[5], *recall])
    return np.array(numbers)
