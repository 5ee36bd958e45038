"""Detections as arrays: from a results JSON or from a detector, and back into a JSON."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from mmengine.logging import print_log

from tinydet.datasets.annotations import read_json, some
from tinydet.errors import InputError

FIELDS = ("image_id", "category_id", "bbox", "score")


@dataclass
class Detections:
    """``N`` detections; their order decides between equal scores of an image.

    ``image_ids`` and ``category_ids`` are ``(N,)`` integers, ``boxes`` ``(N, 4)`` float64 x, y,
    w, h in pixels, ``scores`` ``(N,)`` float64.
    """

    image_ids: np.ndarray
    category_ids: np.ndarray
    boxes: np.ndarray
    scores: np.ndarray

    def __len__(self) -> int:
        return len(self.scores)

    def __getitem__(self, index: np.ndarray) -> Detections:
        return Detections(
            self.image_ids[index], self.category_ids[index], self.boxes[index], self.scores[index]
        )


def as_detections(source: Detections | Sequence[dict] | str | Path) -> Detections:
    """Return detections from a COCO results list, the path of one, or arrays as they are.

    Raises:
        InputError: The file cannot be read, is no list, a row lacks a field, or a field is not
            what it should be.
    """
    if isinstance(source, Detections):
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
    return Detections(
        *(_column([row[key] for row in source], key, name) for key in FIELDS),
    )


def _column(values: list, key: str, name: str) -> np.ndarray:
    """Return a field of all rows; ``(N, 4)`` for boxes, else ``(N,)``."""
    width = 4 if key == "bbox" else 1
    integers = key.endswith("_id")
    for number, value in enumerate(values):
        parts = value if width > 1 else [value]
        # Types one by one, because NumPy would take "7", True and (for an id) 1.5.
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


def from_images(images: Mapping[int, Sequence[np.ndarray]], category_ids: np.ndarray) -> Detections:
    """Concatenate a detector's output, image by image.

    Args:
        images: ``{image id: (boxes (N, 4) x1 y1 x2 y2, scores (N,), labels (N,))}``.
        category_ids: The category id of each label.

    Returns:
        Detections in the order of the image ids, which decides between equal scores.
    """
    ordered = [images[image_id] for image_id in sorted(images)]
    counts = [len(scores) for _, scores, _ in ordered]
    boxes, scores, labels = (
        np.concatenate([np.zeros(shape, kind), *column]).astype(kind)
        for column, shape, kind in zip(
            zip(*ordered, strict=True),
            [(0, 4), 0, 0],
            [np.float64, np.float64, np.int64],
            strict=True,
        )
    )
    boxes[:, 2:] -= boxes[:, :2]
    return Detections(
        np.repeat(np.array(sorted(images), np.int64), counts), category_ids[labels], boxes, scores
    )


def usable(
    detections: Detections, image_ids: Iterable[int], category_ids: Iterable[int]
) -> Detections:
    """Drop what cannot be evaluated, with a warning that counts it.

    Not finite boxes and scores, and categories that are not evaluated; the official evaluator
    drops the latter without a word.

    Raises:
        InputError: Detections on images that the ground truth does not have.
    """
    strange = set(np.unique(detections.image_ids).tolist()) - set(image_ids)
    if strange:
        raise InputError(
            f"detections on {len(strange)} images that the ground truth does not have (image ids "
            f"{some(sorted(strange))}); do the two files belong to the same split?"
        )
    finite = np.isfinite(detections.boxes).all(1) & np.isfinite(detections.scores)
    known = np.isin(detections.category_ids, list(category_ids))
    for mask, what in ((finite, "with NaN or infinite numbers"), (known, "of other categories")):
        if not mask.all():
            print_log(f"{(~mask).sum()} detections {what} left out", "current", logging.WARNING)
    kept = finite & known
    return detections if kept.all() else detections[kept]


def write_results(detections: Detections, path: str | Path) -> None:
    """Write COCO results JSON."""
    columns = (detections.image_ids, detections.category_ids, detections.boxes, detections.scores)
    rows = [
        dict(zip(FIELDS, values, strict=True))
        for values in zip(*(column.tolist() for column in columns), strict=True)
    ]
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(rows), encoding="utf-8")
    print_log(f"{len(rows)} detections written to {path}", "current")
