"""The numbers of VisDrone's classes: areas under curves, and recalls.

Protocol: VisDrone2019-DET, MATLAB toolkit 1.0.4. Its matching in one class is COCO's, an ignored
object being a crowd, so the same library does it, exactly; its limits, its curves and its recalls,
which count ignored objects as missed, are not COCO's and are made here.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinydet.evaluation.protocol import Protocol
from tinydet.evaluation.ultrafast_backend import evaluate, open_databases
from tinydet.evaluation.visdrone.rows import CLASSES, Rows, join

# 0.5:0.05:0.95 as the toolkit's loop makes it: start plus steps, so that the eighth value is
# 0.8500000000000001, and an overlap of exactly 0.85 does not reach it.
THRESHOLDS = 0.5 + 0.05 * np.arange(10)
MAX_DETS = (1, 10, 100, 500)  # an image, all classes together, in the order of the file
COLUMNS = ("AP", "AP_50", "AP_75", *(f"AR_{limit}" for limit in MAX_DETS))
CATEGORY_IDS = list(range(1, len(CLASSES) + 1))
PROTOCOL = Protocol(THRESHOLDS, {"all": [-np.inf, np.inf]}, list(MAX_DETS[-1:]))


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
    truth, found = _ground_truth(images), join(rows for _, rows in images)
    ranks = np.concatenate([np.arange(len(rows)) for _, rows in images])
    recalls = []  # of the objects that are not ignored, (T, K) of each limit
    for limit in MAX_DETS:
        databases = open_databases(truth, found[ranks < limit])
        evaluator = evaluate(databases, CATEGORY_IDS, PROTOCOL)
        recalls.append(evaluator.eval["recall"][:, :, 0, 0].clip(0))
    # The last limit lets all detections in. Without a match the overlap is 0.
    matches = [evaluator.per_instance(threshold, "all")[0] for threshold in THRESHOLDS]
    matched = np.stack([part["iou"] > 0 for part in matches])
    ignored = np.stack([part["ignore"] for part in matches])

    numbers = []
    for index, category_id in enumerate(CATEGORY_IDS):
        crowd = [
            ann["iscrowd"] for ann in truth["annotations"] if ann["category_id"] == category_id
        ]
        chosen = np.flatnonzero(matches[0]["category_id"] == category_id)  # image by image
        chosen = chosen[np.argsort(-matches[0]["score"][chosen], kind="stable")]
        hit, counts = matched[:, chosen], ~ignored[:, chosen]
        ap = average_precision(hit & counts, ~hit & counts, len(crowd))
        share = crowd.count(0) / max(len(crowd), 1)
        recall = [part[:, index].mean() * share for part in recalls]
        # Thresholds count from 0.50 in steps of 0.05.
        numbers.append([ap.mean(), ap[0], ap[5], *recall])
    return 100 * np.array(numbers)


def _ground_truth(images: Sequence[tuple[Rows, Rows]]) -> dict:
    """Return a COCO dictionary, its images numbered from 1."""
    annotations = []
    for image_id, (rows, _) in enumerate(images, start=1):
        columns = (rows.boxes.tolist(), rows.scores.tolist(), rows.categories.tolist())
        for box, score, category_id in zip(*columns, strict=True):
            annotations.append(
                dict(
                    id=len(annotations) + 1,
                    image_id=image_id,
                    category_id=category_id,
                    bbox=box,
                    area=box[2] * box[3],
                    iscrowd=int(score == 0),
                )
            )
    return dict(
        images=[dict(id=number) for number in range(1, len(images) + 1)],
        categories=[dict(id=category_id) for category_id in CATEGORY_IDS],
        annotations=annotations,
    )
