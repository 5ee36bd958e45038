"""Match by ultrafast-pycocotools, which is written in Rust and gives pycocotools' bits.

Of its peers hotcoco (also Rust) takes two to four times the time and has no IoU of a match, which
oLRP needs; faster-coco-eval takes ten times the time. Detections go in as an array; ground truth
goes in as the dictionaries it is read as, because the library's arrays hold no crowd and no area.
"""

from __future__ import annotations

import contextlib
import io

import numpy as np
from pycocotools.cocoeval import COCOeval as ReferenceEval
from ultrafast_pycocotools import COCO, COCOeval

from tinydet.evaluation.detections import Detections
from tinydet.evaluation.protocol import ClassResult, Protocol


def match(truth: dict, detections: Detections, protocol: Protocol) -> list[ClassResult]:
    """Match all classes; see :data:`tinydet.evaluation.backends.Backend`."""
    truth, detections = _small_ids(truth, detections)
    databases = open_databases(truth, detections)
    category_ids = sorted(category["id"] for category in truth["categories"])
    evaluator = evaluate(databases, category_ids, protocol)
    precision, recall = evaluator.eval["precision"], evaluator.eval["recall"]
    areas = detections.boxes[:, 2] * detections.boxes[:, 3]
    of_id_zero = {ann["category_id"] for ann in truth["annotations"] if ann["id"] == 0}
    for index, category_id in enumerate(category_ids):
        if category_id in of_id_zero:
            stored = evaluate(databases, [category_id], protocol, store_eval_imgs=True)
            curves = _with_id_zero(stored, areas)
            precision[:, :, index] = curves["precision"][:, :, 0]
            recall[:, index] = curves["recall"][:, 0]
    return [
        ClassResult(precision[:, :, index], recall[:, index], *matches)
        for index, matches in enumerate(_first_matches(evaluator, areas, category_ids))
    ]


def _small_ids(truth: dict, detections: Detections) -> tuple[dict, Detections]:
    """Number images and categories from 1, in their order, where float64 cannot hold their ids."""
    ids = [sorted(item["id"] for item in truth[key]) for key in ("images", "categories")]
    if max(map(abs, (*ids[0], *ids[1]))) <= 2**53:
        return truth, detections
    images, categories = ({old: new for new, old in enumerate(part, start=1)} for part in ids)
    annotations = [
        dict(ann, image_id=images[ann["image_id"]], category_id=categories[ann["category_id"]])
        for ann in truth["annotations"]
        if ann["category_id"] in categories
    ]
    truth = dict(
        images=[dict(id=number) for number in images.values()],
        categories=[dict(id=number) for number in categories.values()],
        annotations=annotations,
    )
    numbers = [
        np.searchsorted(part, column) + 1
        for part, column in zip(ids, (detections.image_ids, detections.category_ids), strict=True)
    ]
    return truth, Detections(*numbers, detections.boxes, detections.scores)


def open_databases(truth: dict, detections: Detections) -> tuple[COCO, COCO]:
    """Hand ground truth and detections over without a copy of each box."""
    image_ids, category_ids, scores = (
        column[:, None]
        for column in (detections.image_ids, detections.category_ids, detections.scores)
    )
    columns = (image_ids, detections.boxes, scores, category_ids)
    database = COCO(truth, verbose=False)
    with contextlib.redirect_stdout(io.StringIO()):  # it prints its progress even so
        return database, database.loadRes(np.concatenate(columns, 1, dtype=np.float64))


def evaluate(
    databases: tuple[COCO, COCO], category_ids: list[int], protocol: Protocol, **options: bool
) -> COCOeval:
    """Match and accumulate classes; the evaluator has all that became of the detections."""
    evaluator = COCOeval(*databases, "bbox", print_function=lambda *_: None, **options)
    evaluator.params.catIds = category_ids
    protocol.write_to(evaluator.params)
    evaluator.evaluate()
    evaluator.accumulate()
    return evaluator


def _with_id_zero(evaluator: COCOeval, areas: np.ndarray) -> dict:
    """Return the curves as the official code makes them where an annotation has the id 0.

    It reads the 0 as "not matched": the match takes its detection, and counts as a false positive,
    or not at all where the detection lies outside the area range.

    Args:
        evaluator: Has evaluated and stored what it matched in each image.
        areas: ``(D,)`` of all detections, px².
    """
    for image in filter(None, evaluator.evalImgs):
        low, high = image["aRng"]
        area = areas[np.array(image["dtIds"], np.int64) - 1]
        image["dtIgnore"][(image["dtMatches"] == 0) & ((area < low) | (area > high))] = 1
    reference = ReferenceEval(iouType="bbox")
    reference.params = reference._paramsEval = evaluator.params
    reference.evalImgs = evaluator.evalImgs
    with contextlib.redirect_stdout(io.StringIO()):
        reference.accumulate()
    return reference.eval


def _first_matches(
    evaluator: COCOeval, areas: np.ndarray, category_ids: list[int]
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return scores and IoUs of each class at the first threshold and the first area range."""
    params = evaluator.params
    found, _ = evaluator.per_instance(params.iouThrs[0], params.areaRngLbl[0])
    low, high = params.areaRng[0]
    area = areas[found["dt_id"] - 1]
    # Object 0 reads as "not matched", as everywhere; without any the IoU is 0.
    hit = (found["iou"] > 0) & (found["gt_id"] != 0)
    counts = ~found["ignore"] & (hit | ((area >= low) & (area <= high)))
    scores, classes = found["score"][counts], found["category_id"][counts]
    ious = np.where(hit, found["iou"], np.nan)[counts]
    matches = []
    for category_id in category_ids:
        of_class = np.flatnonzero(classes == category_id)  # image by image, each by score
        order = of_class[np.argsort(-scores[of_class], kind="stable")]
        matches.append((scores[order], ious[order]))
    return matches
