"""Predictions that cannot belong to a ground truth, though each file alone is right.

An evaluator takes numbers for numbers: predictions whose images or classes are counted in another
way, or whose boxes are corners, give a low AP and no error.
"""

from __future__ import annotations

import logging
from pathlib import Path, PurePosixPath

import numpy as np
from mmengine.logging import print_log

from tinydet.datasets.annotations import read_json, some
from tinydet.errors import InputError
from tinydet.evaluation.detections import Detections

EXPLAINED = "images.json"  # beside the predictions.json of tools/infer.py: names of its ids
MARGIN = 1  # px by which a box may reach beyond its image


def check_belonging(truth: dict, ann: Path, detections: Detections, pred: Path) -> None:
    """Compare what names, ids and boxes of two files say about each other.

    Args:
        truth: Of the file ``ann``, checked.
        ann: What errors call it.
        detections: Of the file ``pred``.
        pred: The same; the names that :data:`EXPLAINED` beside it gives are compared too.

    Raises:
        InputError: The ids of images or categories have other names; the categories are labels
            counted from 0, or all unknown; the boxes are corners or fractions.
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
                f"{pred} numbers {section} in another way than {ann}: {len(other)} of {len(ids)} "
                f"ids have other names, {other[0]} is {ours!r} in {pred.with_name(EXPLAINED)} and "
                f"{theirs!r} in the ground truth; predict anew with tools/infer.py --ids-from {ann}"
            )


def _names(coco: dict, section: str, key: str) -> dict[int, str]:
    """Return the name of each id; of a path the file's alone, for folders are named freely."""
    return {
        item["id"]: PurePosixPath(item[key]).name if section == "images" else item[key]
        for item in coco.get(section, [])
        if isinstance(item.get(key), str)
    }


def _check_categories(truth: dict, ann: Path, detections: Detections, pred: Path) -> None:
    known = {category["id"] for category in truth["categories"]}
    found = set(np.unique(detections.category_ids).tolist())
    if not found & known or (0 in found - known and max(found) < len(known)):
        labels = " (labels counted from 0?)" if 0 in found - known else ""
        raise InputError(
            f"{pred}: category ids {some(sorted(found))}{labels} are not those of {ann}, which has "
            f"{some(sorted(known))}; write the ids of its categories"
        )


def _check_boxes(truth: dict, detections: Detections, pred: Path) -> None:
    sizes = {
        image["id"]: (image["width"], image["height"])
        for image in truth["images"]
        if all(type(image.get(side)) in (int, float) for side in ("width", "height"))
    }
    known = np.isin(detections.image_ids, list(sizes)) & np.isfinite(detections.boxes).all(1)
    boxes, ids = detections.boxes[known], detections.image_ids[known].tolist()
    if not len(boxes):
        return
    limit = np.array([sizes[image_id] for image_id in ids]) + MARGIN
    start, last = boxes[:, :2], boxes[:, 2:]
    beyond = (start + last > limit).any(1)
    if (boxes >= 0).all() and (boxes <= 1).all():
        raise InputError(
            f"{pred}: all boxes lie between 0 and 1, as fractions of an image do; write x, y, "
            "width and height in pixels"
        )
    if 2 * beyond.sum() <= len(boxes):
        return
    what = f"{beyond.sum()} of {len(boxes)} boxes reach beyond their images"
    if (last > start).all() and (last <= limit).all():
        raise InputError(
            f"{pred}: {what} as x, y, width, height, and none as x1, y1, x2, y2; subtract x1 and "
            "y1 from x2 and y2"
        )
    print_log(
        f"{pred}: {what}; are they in pixels of the files' images?", "current", logging.WARNING
    )
