"""Ground truth as an evaluator takes it: read, checked, counted, and never corrected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from tinydet.datasets.annotations import check_structure, read_coco, some
from tinydet.errors import InputError
from tinydet.evaluation.protocol import AREA_RANGES


def read_ground_truth(source: dict | str | Path) -> dict:
    """Return a COCO dictionary, or that of a file, fit to be evaluated against.

    Raises:
        InputError: See :func:`read_coco`; no image or category; an annotation whose ``bbox`` is
            not four finite numbers or whose ``area`` is no finite number; two categories of one
            name.
    """
    name = "the ground truth" if isinstance(source, dict) else str(source)
    if isinstance(source, dict):
        check_structure(source, name)
    else:
        source = read_coco(source)
    for section in ("images", "categories"):
        if not source[section]:
            raise InputError(f"{name}: the list '{section}' is empty, so nothing can be evaluated")
    for key, length in (("bbox", 4), ("area", 1)):
        wrong = [ann["id"] for ann in source["annotations"] if not _finite(ann.get(key), length)]
        if wrong:
            what = "four finite numbers" if length > 1 else "a finite number"
            raise InputError(
                f"{name}: '{key}' of {len(wrong)} annotations is not {what} "
                f"(annotation ids {some(wrong)}); correct or remove them"
            )
    names = [category_name(category) for category in source["categories"]]
    twice = sorted({entry for entry in names if names.count(entry) > 1})
    if twice:
        raise InputError(f"{name}: more than one category is named {some(twice)}; rename them")
    return source


def _finite(value: object, length: int) -> bool:
    values = value if length > 1 else [value]
    return (
        isinstance(values, list | tuple)
        and len(values) == length
        and all(type(number) in (int, float) and abs(number) < np.inf for number in values)
    )


def category_name(category: dict) -> str:
    """Return the name of a category, or its id where a file names none."""
    return str(category.get("name", category["id"]))


def choose_categories(categories: list[dict], ids: Sequence[int] | None) -> list[dict]:
    """Return the categories of these ids, all by default, in the order of their ids.

    Raises:
        InputError: An id that no category has, or an empty choice.
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
    """Count the ground truths of each class in each area range, crowd left out."""
    objects = [ann for ann in annotations if not ann.get("iscrowd")]
    areas = np.array([ann["area"] for ann in objects], np.float64)
    ids = np.array([ann["category_id"] for ann in objects], np.int64)
    inside = {name: (areas >= low) & (areas <= high) for name, (low, high) in area_ranges.items()}
    return [
        {name: int((mask & (ids == category["id"])).sum()) for name, mask in inside.items()}
        for category in categories
    ]


def densest_image(annotations: list[dict]) -> int:
    """Return the largest number of ground truths in one image, crowd left out."""
    image_ids = [ann["image_id"] for ann in annotations if not ann.get("iscrowd")]
    return int(np.unique(image_ids, return_counts=True)[1].max(initial=0))
