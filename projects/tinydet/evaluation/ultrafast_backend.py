"""Match by ultrafast-pycocotools, a library in Rust whose numbers are pycocotools' bit for bit.

Among its peers, hotcoco (also Rust) takes two to four times as long and does not return the IoU of
a match, which oLRP needs; faster-coco-eval takes ten times as long. Detections are passed as an
array, ground truth as dictionaries, because the library's arrays have no column for crowd or area.
"""

from __future__ import annotations

import contextlib
import io
from dataclasses import replace

import numpy as np
from pycocotools.cocoeval import COCOeval as ReferenceEval
from ultrafast_pycocotools import COCO, COCOeval

from tinydet.boxes import Boxes
from tinydet.evaluation.protocol import ClassResult, Protocol


def match(truth: dict, detections: Boxes, protocol: Protocol) -> list[ClassResult]:
    """Match all classes; see :data:`tinydet.evaluation.backends.Backend`."""
    truth, detections = small_ids(truth, detections)
    databases = open_databases(truth, detections)
    category_ids = sorted(category["id"] for category in truth["categories"])
    evaluator = evaluate(databases, category_ids, protocol)
    precision, recall = evaluator.eval["precision"], evaluator.eval["recall"]
    areas = detections.xywh[:, 2] * detections.xywh[:, 3]
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


def small_ids(truth: dict, detections: Boxes) -> tuple[dict, Boxes]:
    """Renumber images and categories from 1, in order, if float64 cannot hold their ids."""
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
        for part, column in zip(ids, (detections.image_ids, detections.class_ids), strict=True)
    ]
    return truth, replace(detections, image_ids=numbers[0], class_ids=numbers[1])


def open_databases(truth: dict, detections: Boxes) -> tuple[COCO, COCO]:
    """Fill the databases of ground truth and of detections without a dictionary per detection."""
    image_ids, category_ids, scores = (
        column[:, None]
        for column in (detections.image_ids, detections.class_ids, detections.scores)
    )
    columns = (image_ids, detections.xywh, scores, category_ids)
    database = COCO(truth, verbose=False)
    with contextlib.redirect_stdout(io.StringIO()):  # loadRes prints even so
        return database, database.loadRes(np.concatenate(columns, 1, dtype=np.float64))


def evaluate(
    databases: tuple[COCO, COCO], category_ids: list[int], protocol: Protocol, **options: bool
) -> COCOeval:
    """Match and accumulate classes; return the evaluator with its curves and matches."""
    evaluator = COCOeval(*databases, "bbox", print_function=lambda *_: None, **options)
    evaluator.params.catIds = category_ids
    protocol.write_to(evaluator.params)
    evaluator.evaluate()
    evaluator.accumulate()
    return evaluator


def _with_id_zero(evaluator: COCOeval, areas: np.ndarray) -> dict:
    """Return the curves of the official code for a class with an annotation of id 0.

    The official code reads 0 as "not matched": a detection that matches this annotation is a false
    positive, or is ignored if its area lies outside the range.

    Args:
        evaluator: Evaluator of this class with stored matches (``store_eval_imgs``).
        areas: ``(D,)`` areas of all detections, px².
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
    """Return the scores and IoUs of :class:`ClassResult` for each class."""
    params = evaluator.params
    found, _ = evaluator.per_instance(params.iouThrs[0], params.areaRngLbl[0])
    low, high = params.areaRng[0]
    area = areas[found["dt_id"] - 1]
    # As in the official code, object 0 means "not matched". The IoU is 0 without a match.
    hit = (found["iou"] > 0) & (found["gt_id"] != 0)
    counts = ~found["ignore"] & (hit | ((area >= low) & (area <= high)))
    scores, classes = found["score"][counts], found["category_id"][counts]
    ious = np.where(hit, found["iou"], np.nan)[counts]
    matches = []
    for category_id in category_ids:
        of_class = np.flatnonzero(classes == category_id)  # by image, then by score
        order = of_class[np.argsort(-scores[of_class], kind="stable")]
        matches.append((scores[order], ious[order]))
    return matches
