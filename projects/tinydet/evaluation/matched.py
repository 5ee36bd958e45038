"""Matches of detections to objects, kept so that AP can be computed for any weights of images.

An evaluator matches within an image. Where images are drawn again, as in a bootstrap, the matches
stay and only the curves change: :mod:`tinydet.evaluation.weighted` takes a millisecond where a new
evaluation takes a second.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tinydet.boxes import Boxes
from tinydet.evaluation.protocol import Protocol
from tinydet.evaluation.ultrafast_backend import evaluate, open_databases, small_ids


class ClassMatches(NamedTuple):
    """The ``D`` detections of a class in ``I`` images, ``T`` IoU thresholds and ``A`` area ranges.

    Attributes:
        image: ``(D,)`` positions in the sorted image ids, by descending score.
        inside: ``(A, D)`` whether the area of a detection lies in a range.
        hits: ``(T, A, D)`` true positives.
        false: ``(T, A, D)`` false positives; what is neither is ignored.
        objects: ``(A, I)`` number of objects to find.
    """

    image: np.ndarray
    inside: np.ndarray
    hits: np.ndarray
    false: np.ndarray
    objects: np.ndarray


def match_classes(truth: dict, detections: Boxes, protocol: Protocol) -> list[ClassMatches]:
    """Match all classes at the last limit of detections per image.

    Args:
        truth: From :func:`tinydet.evaluation.ground_truth.read_ground_truth`.
        detections: From :func:`tinydet.evaluation.detections.usable`.
        protocol: Thresholds, area ranges and limits.

    Returns:
        One entry per category in the order of the category ids.
    """
    truth, detections = small_ids(truth, detections)
    ids = sorted(category["id"] for category in truth["categories"])
    evaluator = evaluate(open_databases(truth, detections), ids, protocol)
    areas = detections.xywh[:, 2:].prod(1)
    found, _ = evaluator.per_instance(protocol.iou_thrs[0], "all")
    rows = [np.flatnonzero(found["category_id"] == number) for number in ids]
    rows = [own[np.argsort(-found["score"][own], kind="stable")] for own in rows]
    images = np.searchsorted(sorted(image["id"] for image in truth["images"]), found["image_id"])
    limits = np.array(list(protocol.area_ranges.values()))[:, :, None]  # (A, 2, 1)
    area = areas[found["dt_id"] - 1]
    inside = (area >= limits[:, 0]) & (area <= limits[:, 1])
    hits = np.empty((len(protocol.iou_thrs), *inside.shape), bool)
    false = np.empty_like(hits)
    for t, threshold in enumerate(protocol.iou_thrs):
        for a, name in enumerate(protocol.area_ranges):
            found, _ = evaluator.per_instance(threshold, name)
            matched = (found["iou"] > 0) & (
                found["gt_id"] != 0
            )  # 0 is no match to the official code
            hits[t, a] = matched & ~found["ignore"]
            false[t, a] = ~matched & ~found["ignore"] & inside[a]
    counts = _count(truth, ids, limits)
    return [
        ClassMatches(images[own], inside[:, own], hits[..., own], false[..., own], counts[number])
        for number, own in enumerate(rows)
    ]


def _count(truth: dict, ids: list[int], limits: np.ndarray) -> np.ndarray:
    """Return ``(K, A, I)`` objects of each class, area range and image, without crowds."""
    images = {
        number: place for place, number in enumerate(sorted(i["id"] for i in truth["images"]))
    }
    classes = {number: place for place, number in enumerate(ids)}
    counts = np.zeros((len(ids), len(limits), len(images)), np.int64)
    objects = [ann for ann in truth["annotations"] if not ann.get("iscrowd")]
    for ann in objects:
        if ann["category_id"] in classes:
            inside = (ann["area"] >= limits[:, 0, 0]) & (ann["area"] <= limits[:, 1, 0])
            counts[classes[ann["category_id"]], :, images[ann["image_id"]]] += inside
    return counts
