"""Match by pycocotools or by AI-TOD's fork of pycocotools: slow, as a reference.

Both packages are used unchanged. They keep a Python dictionary per box, so classes are matched one
at a time to bound the memory.
"""

from __future__ import annotations

import contextlib
import importlib
import io
from collections import defaultdict

import numpy as np

from tinydet.boxes import Boxes
from tinydet.evaluation.protocol import ClassResult, Protocol


def load_classes(package: str) -> tuple[type, type]:
    """Return ``COCO`` and ``COCOeval`` of a package.

    Raises:
        ImportError: The package is not installed.
    """
    return (
        importlib.import_module(f"{package}.coco").COCO,
        importlib.import_module(f"{package}.cocoeval").COCOeval,
    )


def match(
    classes: tuple[type, type], truth: dict, detections: Boxes, protocol: Protocol
) -> list[ClassResult]:
    """Match all classes; see :data:`tinydet.evaluation.backends.Backend`."""
    by_class = defaultdict(list)
    for ann in truth["annotations"]:
        by_class[ann["category_id"]].append(ann)
    results = []
    for category in sorted(truth["categories"], key=lambda category: category["id"]):
        part = dict(
            images=truth["images"], categories=[category], annotations=by_class[category["id"]]
        )
        found = detections[detections.class_ids == category["id"]]
        results.append(match_class(classes, part, found, protocol))
    return results


def match_class(
    classes: tuple[type, type], truth: dict, detections: Boxes, protocol: Protocol
) -> ClassResult:
    """Match ground truth and detections of one class."""
    coco_class, eval_class = classes
    with contextlib.redirect_stdout(io.StringIO()):  # the packages print their progress
        evaluator = eval_class(*_databases(coco_class, truth, detections), "bbox")
        evaluator.params.imgIds = sorted(image["id"] for image in truth["images"])
        protocol.write_to(evaluator.params)
        evaluator.evaluate()
        evaluator.accumulate()
    scores, ious = first_matches(evaluator)
    return ClassResult(
        evaluator.eval["precision"][:, :, 0], evaluator.eval["recall"][:, 0], scores, ious
    )


def _databases(coco_class: type, truth: dict, detections: Boxes) -> tuple:
    """Fill the databases of ground truth and of detections without writing files."""
    columns = (detections.image_ids, detections.class_ids, detections.xywh, detections.scores)
    rows = [
        dict(
            id=number,  # from 1: 0 means "not matched"
            image_id=image_id,
            category_id=category_id,
            bbox=box,
            area=box[2] * box[3],
            iscrowd=0,
            score=score,
        )
        for number, (image_id, category_id, box, score) in enumerate(
            zip(*(column.tolist() for column in columns), strict=True), start=1
        )
    ]
    # Annotations are copied, because the evaluator writes into them, and renumbered, because the
    # evaluator holds ids as doubles, where 2**53 + 1 is 2**53. An id of 0, which the evaluator
    # reads as "not matched", stays.
    copies = [
        {**ann, "id": number if ann["id"] else 0, "iscrowd": ann.get("iscrowd", 0)}
        for number, ann in enumerate(truth["annotations"], start=1)
    ]
    databases = []
    for boxes in (copies, rows):
        database = coco_class()
        database.dataset = {**truth, "annotations": boxes}
        database.createIndex()
        databases.append(database)
    return tuple(databases)


def first_matches(evaluator: object) -> tuple[np.ndarray, np.ndarray]:
    """Return the scores and IoUs of :class:`ClassResult`."""
    scores, ious = [], []
    # One entry per area range and image, "all" first; None if the image is empty.
    for image in filter(None, evaluator.evalImgs[: len(evaluator.params.imgIds)]):
        key = image["image_id"], image["category_id"]
        columns = {ann["id"]: column for column, ann in enumerate(evaluator._gts[key])}
        matches = (image["dtMatches"][0], image["dtIgnore"][0], image["dtScores"])
        for row, (target, ignored, score) in enumerate(zip(*matches, strict=True)):
            if not ignored:
                scores.append(score)
                ious.append(evaluator.ious[key][row, columns[int(target)]] if target else np.nan)
    order = np.argsort(-np.array(scores), kind="stable")
    return np.array(scores)[order], np.array(ious)[order]
