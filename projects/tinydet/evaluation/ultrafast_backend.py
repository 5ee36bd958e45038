"""Match by ultrafast-pycocotools, which is written in Rust and gives pycocotools' bits.

Of its peers hotcoco (also Rust) has no IoU of a match, which oLRP needs, and takes two to four
times the time; faster-coco-eval takes ten times the time. Detections go in as an array; ground
truth goes in as dictionaries, because the library's arrays hold neither crowd nor an area.
"""

from __future__ import annotations

import contextlib
import io

import numpy as np
from pycocotools.cocoeval import COCOeval as ReferenceEval
from ultrafast_pycocotools import COCO, COCOeval

from tinydet.evaluation.detections import Detections
from tinydet.evaluation.protocol import ClassResult, Protocol


def match_class(truth: dict, detections: Detections, protocol: Protocol) -> ClassResult:
    """Match one class; see :data:`tinydet.evaluation.backends.Backend`."""
    id_zero = any(ann["id"] == 0 for ann in truth["annotations"])
    evaluator = COCOeval(
        *_databases(truth, detections), "bbox", store_eval_imgs=id_zero, print_function=_silent
    )
    evaluator.params.iouThrs = protocol.iou_thrs
    evaluator.params.areaRng = protocol.area_ranges
    evaluator.params.areaRngLbl = [str(index) for index in range(len(protocol.area_ranges))]
    evaluator.params.maxDets = list(protocol.max_dets)
    evaluator.evaluate()
    evaluator.accumulate()
    areas = detections.boxes[:, 2] * detections.boxes[:, 3]
    curves = _with_id_zero(evaluator, areas) if id_zero else evaluator.eval
    return ClassResult(
        curves["precision"][:, :, 0], curves["recall"][:, 0], *_first_matches(evaluator, areas)
    )


def _silent(*_: object) -> None:
    """Take the library's reports of its progress."""


def _databases(truth: dict, detections: Detections) -> tuple[COCO, COCO]:
    """Return ground truth and detections, numbered anew: the array holds ids as float64.

    An annotation of id 0 keeps it, see :func:`_with_id_zero`.
    """
    image_ids = np.array(sorted(image["id"] for image in truth["images"]))
    numbers = {image_id: number for number, image_id in enumerate(image_ids.tolist(), start=1)}
    annotations = [
        dict(
            id=number if ann["id"] else 0,
            image_id=numbers[ann["image_id"]],
            category_id=1,
            bbox=ann["bbox"],
            area=ann["area"],
            iscrowd=ann.get("iscrowd", 0),
        )
        for number, ann in enumerate(truth["annotations"], start=1)
    ]
    images = [dict(id=number) for number in numbers.values()]
    dataset = dict(images=images, categories=[dict(id=1)], annotations=annotations)
    rows = np.ones((len(detections), 7))  # image, x, y, w, h, score, category
    rows[:, 0] += np.searchsorted(image_ids, detections.image_ids)
    rows[:, 1:5], rows[:, 5] = detections.boxes, detections.scores
    database = COCO(dataset, verbose=False)
    with contextlib.redirect_stdout(io.StringIO()):  # it prints its progress even so
        return database, database.loadRes(rows)


def _with_id_zero(evaluator: COCOeval, areas: np.ndarray) -> dict:
    """Return the curves as the official code makes them where an annotation has the id 0.

    It reads the 0 as "not matched": the match takes its detection, and counts as a false positive,
    or not at all where the detection lies outside the area range.

    Args:
        evaluator: Has evaluated and stored what it matched in each image.
        areas: ``(D,)`` of the detections, px².
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


def _first_matches(evaluator: COCOeval, areas: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return scores and IoUs at the first threshold, all areas, as in :class:`ClassResult`."""
    found, _ = evaluator.per_instance(evaluator.params.iouThrs[0], area="0")
    low, high = evaluator.params.areaRng[0]
    area = areas[found["dt_id"] - 1]
    # Object 0 reads as "not matched", as everywhere.
    hit = found["gt_id"] > 0
    counts = ~found["ignore"] & (hit | ((area >= low) & (area <= high)))
    ious = np.where(hit, found["iou"], np.nan)[counts]
    scores = found["score"][counts]
    # By image, and in an image by score, so that a stable sort resolves equal scores rightly.
    order = np.argsort(-scores, kind="stable")
    return scores[order], ious[order]
