"""Match detections to ground truth, one class at a time, by one of three evaluators.

All three give the same numbers; they differ in speed. One class at a time bounds the memory:
the evaluators keep a Python dictionary a box.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from tinydet.errors import InputError
from tinydet.evaluation.detections import Detections


class Protocol(NamedTuple):
    """What is measured: ``T`` IoU thresholds, ``A`` area ranges in px², ``M`` limits a picture."""

    iou_thrs: np.ndarray
    area_ranges: list[list[float]]
    max_dets: list[int]

    def first(self) -> Protocol:
        """Return what oLRP looks at: the first threshold, all areas, the last limit."""
        return Protocol(self.iou_thrs[:1], self.area_ranges[:1], self.max_dets[-1:])


class ClassResult(NamedTuple):
    """One class: what its curves and its oLRP are made of.

    ``precision`` is ``(T, 101, A, M)`` and ``recall`` ``(T, A, M)``, -1 where there is no ground
    truth. ``scores`` and ``ious``, both ``(D,)`` in descending score, are the detections that
    count at the first threshold, all areas: the IoU of true positives, NaN for false ones.
    """

    precision: np.ndarray
    recall: np.ndarray
    scores: np.ndarray
    ious: np.ndarray


Backend = Callable[[dict, Detections, Protocol], ClassResult]


def backend(name: str) -> Backend:
    """Return the matching function of a name: ``faster``, ``pycocotools``, ``aitodpycocotools``.

    Raises:
        InputError: Unknown name, or the package is not installed.
    """
    if name == "faster":
        return by_faster_coco_eval
    if name not in ("pycocotools", "aitodpycocotools"):
        raise InputError(
            f"evaluation backend {name!r} is none of 'faster', 'pycocotools', 'aitodpycocotools'"
        )
    try:
        coco = importlib.import_module(f"{name}.coco").COCO
        cocoeval = importlib.import_module(f"{name}.cocoeval").COCOeval
    except ImportError:
        raise InputError(
            f"evaluation backend {name!r} is not installed; backend='faster' gives the same numbers"
        ) from None
    return lambda truth, dets, protocol: by_pycocotools(coco, cocoeval, truth, dets, protocol)


def _databases(coco_class: type, truth: dict, detections: Detections) -> tuple:
    """Fill two databases of an evaluator without a detour over files."""
    databases = []
    rows = [
        dict(
            id=index,
            image_id=image_id,
            category_id=category_id,
            bbox=box,
            area=box[2] * box[3],
            iscrowd=0,
            score=score,
        )
        for index, (image_id, category_id, box, score) in enumerate(
            zip(
                detections.image_ids.tolist(),
                detections.category_ids.tolist(),
                detections.boxes.tolist(),
                detections.scores.tolist(),
                strict=True,
            ),
            start=1,  # 0 means "not matched" to every evaluator
        )
    ]
    copies = [{**ann, "iscrowd": ann.get("iscrowd", 0)} for ann in truth["annotations"]]
    for boxes in (copies, rows):
        database = coco_class()
        database.dataset = {**truth, "annotations": boxes}
        database.createIndex()
        databases.append(database)
    return tuple(databases)


def _configure(evaluator: object, protocol: Protocol, image_ids: list) -> None:
    evaluator.params.imgIds = image_ids
    evaluator.params.iouThrs = np.asarray(protocol.iou_thrs)
    evaluator.params.areaRng = protocol.area_ranges
    evaluator.params.areaRngLbl = [str(index) for index in range(len(protocol.area_ranges))]
    evaluator.params.maxDets = list(protocol.max_dets)


def by_faster_coco_eval(truth: dict, detections: Detections, protocol: Protocol) -> ClassResult:
    """Match with faster-coco-eval, written in C++."""
    from faster_coco_eval import COCO, COCOeval_faster

    databases = _databases(COCO, truth, detections)
    image_ids = sorted(image["id"] for image in truth["images"])
    options = dict(iouType="bbox", extra_calc=False, print_function=lambda *_: None)
    main = COCOeval_faster(*databases, **options)
    _configure(main, protocol, image_ids)
    main.evaluate()
    main.accumulate()

    first = COCOeval_faster(*databases, **options)
    _configure(first, protocol.first(), image_ids)
    first.computeIoU = lambda image_id, category_id: main.ious[image_id, category_id]
    first.evaluate()
    crowd = {ann["id"] for ann in truth["annotations"] if ann.get("iscrowd")}
    ious = np.full(len(detections), np.nan)
    ignored = _outside_every_range(detections, protocol)
    for pair, iou in first.eval["matched"].items():
        detection, target = map(int, pair.split("_"))
        if target == 0:
            continue  # the official code reads ground truth 0 as "not matched"
        ious[detection - 1] = iou
        ignored[detection - 1] = target in crowd
    order = _by_score(detections, protocol.max_dets[-1])
    order = order[~ignored[order]]
    return ClassResult(
        np.asarray(main.eval["precision"])[:, :, 0],
        np.asarray(main.eval["recall"])[:, 0],
        detections.scores[order],
        ious[order],
    )


def _outside_every_range(detections: Detections, protocol: Protocol) -> np.ndarray:
    """Tell which detections are ignored unless they match: a negative ``w * h``."""
    area = detections.boxes[:, 2] * detections.boxes[:, 3]
    low, high = protocol.area_ranges[0]
    return (area < low) | (area > high)


def _by_score(detections: Detections, limit: int) -> np.ndarray:
    """Return indices in descending score, at most ``limit`` an image.

    Equal scores resolve by image id, and within an image by the order of the detections.
    """
    order = np.lexsort((-detections.scores, detections.image_ids))  # lexsort is stable
    images = detections.image_ids[order]
    starts = np.flatnonzero(np.r_[True, images[1:] != images[:-1]]) if len(order) else order
    rank = np.arange(len(order)) - np.repeat(starts, np.diff(np.r_[starts, len(order)]))
    order = order[rank < limit]
    return order[np.argsort(-detections.scores[order], kind="stable")]


def by_pycocotools(
    coco_class: type, eval_class: type, truth: dict, detections: Detections, protocol: Protocol
) -> ClassResult:
    """Match with pycocotools, or with AI-TOD's fork of it, which has the same interface."""
    import contextlib
    import io

    with contextlib.redirect_stdout(io.StringIO()):  # they print their progress
        databases = _databases(coco_class, truth, detections)
        image_ids = sorted(image["id"] for image in truth["images"])
        main = eval_class(*databases, "bbox")
        _configure(main, protocol, image_ids)
        main.evaluate()
        main.accumulate()
        first = eval_class(*databases, "bbox")
        _configure(first, protocol.first(), image_ids)
        first.evaluate()
    scores, ious = [], []
    for image in filter(None, first.evalImgs):
        key = image["image_id"], image["category_id"]
        columns = {ann["id"]: column for column, ann in enumerate(first._gts[key])}
        for row, (target, ignored, score) in enumerate(
            zip(image["dtMatches"][0], image["dtIgnore"][0], image["dtScores"], strict=True)
        ):
            if not ignored:
                scores.append(score)
                ious.append(first.ious[key][row, columns[int(target)]] if target else np.nan)
    order = np.argsort(-np.array(scores), kind="stable")
    return ClassResult(
        main.eval["precision"][:, :, 0],
        main.eval["recall"][:, 0],
        np.array(scores)[order],
        np.array(ious)[order],
    )
