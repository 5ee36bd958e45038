"""Ground truth for an evaluation: read, checked and counted. Its boxes are never corrected."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from mmengine.logging import print_log

from tinydet.boxes import Boxes
from tinydet.datasets.annotations import as_coco, read_coco, some
from tinydet.datasets.boxes import check_evaluable
from tinydet.errors import InputError
from tinydet.evaluation.protocol import AREA_RANGES


def read_ground_truth(source: dict | str | Path) -> dict:
    """Read and check a COCO dictionary or its file.

    Raises:
        InputError: See :func:`read_coco` and :func:`check_evaluable`; or there is no image or no
            category, or two categories have the same name.
    """
    name = "the ground truth" if isinstance(source, dict) else str(source)
    truth = as_coco(source, name) if isinstance(source, dict) else read_coco(source)
    for section in ("images", "categories"):
        if not truth[section]:
            raise InputError(f"{name}: the list '{section}' is empty, so nothing can be evaluated")
    check_evaluable(truth, name)
    names = [category_name(category) for category in truth["categories"]]
    twice = sorted({entry for entry in names if names.count(entry) > 1})
    if twice:
        raise InputError(f"{name}: more than one category is named {some(twice)}; rename them")
    return truth


def coco_of(truth: Boxes, crowd: np.ndarray, num_images: int, num_classes: int) -> dict:
    """Return the COCO dictionary of boxes whose image ids and class ids count from 1.

    Args:
        truth: ``N`` boxes with image ids.
        crowd: ``(N,)`` booleans: what ``iscrowd`` becomes.
        num_images: Images to list, including those without boxes.
        num_classes: Categories to list.
    """
    columns = (truth.image_ids, truth.class_ids, truth.xywh, crowd)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    annotations = [
        dict(
            id=number,
            image_id=image_id,
            category_id=class_id,
            bbox=box,
            area=box[2] * box[3],
            iscrowd=int(is_crowd),
        )
        for number, (image_id, class_id, box, is_crowd) in enumerate(rows, start=1)
    ]
    images, categories = (
        [dict(id=number) for number in range(1, count + 1)] for count in (num_images, num_classes)
    )
    return dict(images=images, categories=categories, annotations=annotations)


def category_name(category: dict) -> str:
    """Return the name of a category, or its id if the file gives no name."""
    name = category.get("name")
    return str(category["id"] if name in (None, "") else name)


def choose_categories(categories: list[dict], ids: Sequence[int] | None) -> list[dict]:
    """Return the categories with these ids (default: all), sorted by id.

    Raises:
        InputError: An id belongs to no category, or ``ids`` is empty.
    """
    categories = sorted(categories, key=lambda category: category["id"])
    if ids is None:
        return categories
    known = [category["id"] for category in categories]
    unknown = sorted(set(ids) - set(known))
    if unknown or not len(ids):
        raise InputError(
            f"category ids {some(unknown) or 'to evaluate'} are none of the ground truth's; it has "
            f"{some(known, 20)}"
        )
    return [category for category in categories if category["id"] in set(ids)]


def count_ranges(
    annotations: list[dict],
    categories: list[dict],
    area_ranges: Mapping[str, Sequence[float]] = AREA_RANGES,
) -> list[dict[str, int]]:
    """Count the ground truths of each class in each area range, without crowds."""
    objects = [ann for ann in annotations if not ann.get("iscrowd")]
    areas = np.array([ann["area"] for ann in objects], np.float64)
    ids = np.array([ann["category_id"] for ann in objects], np.int64)
    inside = {name: (areas >= low) & (areas <= high) for name, (low, high) in area_ranges.items()}
    return [
        {name: int((mask & (ids == category["id"])).sum()) for name, mask in inside.items()}
        for category in categories
    ]


def densest_image(annotations: list[dict]) -> int:
    """Return the largest number of ground truths in one image, without crowds."""
    image_ids = [ann["image_id"] for ann in annotations if not ann.get("iscrowd")]
    return int(np.unique(image_ids, return_counts=True)[1].max(initial=0))


def warn_of_rules(annotations: list[dict]) -> None:
    """Warn of annotations that AI-TOD's official rules treat in an unexpected way."""
    objects = [ann for ann in annotations if not ann.get("iscrowd")]
    rules = {
        "have the id 0, which the protocol reads as 'not matched', so that a match is a false "
        "positive; number annotations from 1": [ann for ann in annotations if ann["id"] == 0],
        "have ignore=1, to which the protocol pays no attention: they count as objects; "
        "iscrowd=1 ignores detections there": [ann for ann in objects if ann.get("ignore")],
        "have a box without area: they count as objects, and no detection can match them": [
            ann for ann in objects if min(ann["bbox"][2:]) <= 0
        ],
    }
    for rule, found in rules.items():
        if found:
            which = f"{len(found)} annotations (ids {some(ann['id'] for ann in found)})"
            print_log(f"{which} {rule}", "current", logging.WARNING)
