"""Find predictions that cannot belong to a ground truth, though each file alone is valid.

An evaluator cannot tell: predictions with other image ids or category ids, or with corners in
place of sizes, get a low AP and no error.
"""

from __future__ import annotations

import logging
from pathlib import Path, PurePosixPath

import numpy as np
from mmengine.logging import print_log

from tinydet.boxes import Boxes
from tinydet.datasets.annotations import read_json, some
from tinydet.errors import InputError
from tinydet.evaluation.detections import as_detections

EXPLAINED = "images.json"  # written beside predictions.json by tools/infer.py: names of the ids
MARGIN = 1  # px by which a box may extend beyond its image


def read_belonging(truth: dict, ann: Path, pred: Path) -> Boxes:
    """Read predictions and check that they belong to a ground truth.

    Raises:
        InputError: See :func:`as_detections` and :func:`check_belonging`.
    """
    detections = as_detections(pred)
    check_belonging(truth, ann, detections, pred)
    return detections


def check_belonging(truth: dict, ann: Path, detections: Boxes, pred: Path) -> None:
    """Compare the names, ids and boxes of an annotation file and a file of predictions.

    Args:
        truth: Checked content of ``ann``.
        ann: Path of the annotation file.
        detections: Content of ``pred``.
        pred: Path of the predictions. Names that :data:`EXPLAINED` in the same folder gives are
            compared as well.

    Raises:
        InputError: An id has another name in each file; the category ids are labels counted from
            0, or all of them are unknown; the boxes are corners or fractions.
    """
    beside = pred.with_name(EXPLAINED)
    if pred.name == "predictions.json" and beside.is_file():
        _check_names(truth, ann, read_json(beside), pred)
    if len(detections):
        _check_categories(truth, ann, detections, pred)
        _check_boxes(truth, detections, pred)


def _check_names(truth: dict, ann: Path, explained: object, pred: Path) -> None:
    if not isinstance(explained, dict):
        return
    for section, key in (("images", "file_name"), ("categories", "name")):
        names = [_names(coco, section, key) for coco in (explained, truth)]
        ids = sorted(names[0].keys() & names[1].keys())
        other = [number for number in ids if names[0][number] != names[1][number]]
        if other:
            ours, theirs = (part[other[0]] for part in names)
            raise InputError(
                f"{pred} and {ann} number {section} differently: {len(other)} of {len(ids)} "
                f"ids have other names, {other[0]} is {ours!r} in {pred.with_name(EXPLAINED)} and "
                f"{theirs!r} in the ground truth; predict again with tools/infer.py --ids-from "
                f"{ann}"
            )


def _names(coco: dict, section: str, key: str) -> dict[int, str]:
    """Return the name of each id. Folders of images are dropped, because users rename them."""
    return {
        item["id"]: PurePosixPath(item[key]).name if section == "images" else item[key]
        for item in coco.get(section, [])
        if isinstance(item.get(key), str)
    }


def _check_categories(truth: dict, ann: Path, detections: Boxes, pred: Path) -> None:
    known = {category["id"] for category in truth["categories"]}
    found = set(np.unique(detections.class_ids).tolist())
    if not found & known or (0 in found - known and max(found) < len(known)):
        labels = " (labels counted from 0?)" if 0 in found - known else ""
        raise InputError(
            f"{pred}: category ids {some(sorted(found))}{labels} are not those of {ann}, which has "
            f"{some(sorted(known))}; write the ids of its categories"
        )


def _check_boxes(truth: dict, detections: Boxes, pred: Path) -> None:
    sizes = {
        image["id"]: (image["width"], image["height"])
        for image in truth["images"]
        if all(type(image.get(side)) in (int, float) for side in ("width", "height"))
    }
    finite = np.isfinite(detections.xywh).all(1)
    checked = detections[finite & np.isin(detections.image_ids, list(sizes))]
    if not len(checked):
        return
    boxes = checked.xywh
    limit = np.array([sizes[image_id] for image_id in checked.image_ids.tolist()]) + MARGIN
    start, last = boxes[:, :2], boxes[:, 2:]
    beyond = (start + last > limit).any(1)
    if (boxes >= 0).all() and (boxes <= 1).all():
        raise InputError(
            f"{pred}: all boxes lie between 0 and 1, as fractions of an image do; write x, y, "
            "width and height in pixels"
        )
    if 2 * beyond.sum() <= len(boxes):
        return
    what = f"{beyond.sum()} of {len(boxes)} boxes extend beyond their images"
    if (last > start).all() and (last <= limit).all():
        raise InputError(
            f"{pred}: {what} as x, y, width, height, and none as x1, y1, x2, y2; subtract x1 and "
            "y1 from x2 and y2"
        )
    print_log(f"{pred}: {what}; are the boxes in pixels of the images?", "current", logging.WARNING)
