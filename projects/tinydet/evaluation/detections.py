"""Detections from a results JSON or from a detector, and back into a JSON."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from mmengine.logging import print_log

from tinydet.boxes import Boxes, concatenate
from tinydet.datasets.annotations import read_json, some
from tinydet.errors import InputError

FIELDS = {  # of COCO results, with their columns in Boxes
    "image_id": "image_ids",
    "category_id": "class_ids",
    "bbox": "coordinates",
    "score": "scores",
}


def as_detections(source: Boxes | Sequence[dict] | str | Path) -> Boxes:
    """Return the detections of a COCO results list or of its file; boxes pass unchanged.

    Args:
        source: Boxes need scores and image ids. The order of the detections decides between equal
            scores within an image.

    Raises:
        InputError: The file cannot be read or is not a list, or a row lacks a field or has a
            field of the wrong type.
    """
    if isinstance(source, Boxes):
        return source
    name = "the detections"
    if isinstance(source, str | Path):
        name = f"detections file {source}"
        if not Path(source).exists():
            raise InputError(f"{name} does not exist (looked for {Path(source).resolve()})")
        source = read_json(source)
    if not isinstance(source, Sequence):
        raise InputError(
            f"{name} holds a {type(source).__name__}; COCO results are a list of objects"
        )
    for index, row in enumerate(source):
        if not isinstance(row, dict) or not row.keys() >= set(FIELDS):
            absent = [key for key in FIELDS if not isinstance(row, dict) or key not in row]
            raise InputError(f"{name}: row {index} has no {some(absent)}; it needs {some(FIELDS)}")
    columns = {
        column: _column([row[key] for row in source], key, name) for key, column in FIELDS.items()
    }
    return Boxes(**columns, format="xywh")


def _column(values: list, key: str, name: str) -> np.ndarray:
    """Return one field of all rows: ``(N, 4)`` for boxes, ``(N,)`` otherwise."""
    width = 4 if key == "bbox" else 1
    integers = key.endswith("_id")
    for number, value in enumerate(values):
        parts = value if width > 1 else [value]
        # The types are checked one by one, because NumPy accepts "7", True and, as an id, 1.5.
        if not (
            isinstance(parts, list | tuple)
            and len(parts) == width
            and {int, float}.issuperset(map(type, parts))
            and (not integers or value % 1 == 0)
        ):
            what = "an integer" if integers else "four numbers" if width > 1 else "a number"
            raise InputError(f"{name}: {key} of row {number} is not {what}: {value!r}")
    array = np.array(values, np.int64 if integers else np.float64)
    return array.reshape(-1, 4) if width > 1 else array


def from_images(images: Mapping[int, Boxes], category_ids: np.ndarray) -> Boxes:
    """Concatenate a detector's output and replace its labels by category ids.

    Args:
        images: ``{image id: boxes with scores}``.
        category_ids: ``(K,)`` category id of each label.

    Returns:
        Detections in the order of the image ids, which decides between equal scores.
    """
    ids = sorted(images)
    found = concatenate([images[image_id] for image_id in ids], ids)
    return replace(found, class_ids=category_ids[found.class_ids])


def usable(detections: Boxes, image_ids: Iterable[int], category_ids: Iterable[int]) -> Boxes:
    """Drop the detections that cannot be evaluated and warn of their number.

    These are detections whose box or score is not finite, and detections of categories that are
    not evaluated. The official evaluator drops the latter without a message.

    Raises:
        InputError: Detections refer to images that the ground truth does not list.
    """
    unknown = set(np.unique(detections.image_ids).tolist()) - set(image_ids)
    if unknown:
        raise InputError(
            f"detections on {len(unknown)} images that the ground truth does not have (image ids "
            f"{some(sorted(unknown))}); do the two files belong to the same split?"
        )
    finite = np.isfinite(detections.xywh).all(1) & np.isfinite(detections.scores)
    known = np.isin(detections.class_ids, list(category_ids))
    for mask, what in ((finite, "with NaN or infinite numbers"), (known, "of other categories")):
        if not mask.all():
            print_log(f"{(~mask).sum()} detections {what} left out", "current", logging.WARNING)
    kept = finite & known
    return detections if kept.all() else detections[kept]


def write_results(detections: Boxes, path: str | Path) -> None:
    """Write COCO results as JSON."""
    columns = (detections.image_ids, detections.class_ids, detections.xywh, detections.scores)
    rows = [
        dict(zip(FIELDS, values, strict=True))
        for values in zip(*(column.tolist() for column in columns), strict=True)
    ]
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(rows), encoding="utf-8")
    print_log(f"{len(rows)} detections written to {path}", "current")
