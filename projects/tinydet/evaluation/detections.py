"""Detections as arrays, from a results JSON or from a detector, checked on the way in."""

from __future__ import annotations

import logging
from collections.abc import Sequence
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
        InputError: The file cannot be read, is no list, or a row lacks a field.
    """
    if isinstance(source, Detections):
        return source
    name = "the detections"
    if isinstance(source, str | Path):
        name, source = str(source), read_json(source)
    if not isinstance(source, Sequence):
        raise InputError(
            f"{name} hold a {type(source).__name__}; COCO results are a list of objects"
        )
    for index, row in enumerate(source):
        absent = [key for key in FIELDS if not isinstance(row, dict) or key not in row]
        if absent:
            raise InputError(f"{name}: row {index} has no {some(absent)}; it needs {some(FIELDS)}")
    try:
        boxes = np.array([row["bbox"] for row in source], np.float64).reshape(len(source), 4)
        return Detections(
            np.array([row["image_id"] for row in source], np.int64),
            np.array([row["category_id"] for row in source], np.int64),
            boxes,
            np.array([row["score"] for row in source], np.float64),
        )
    except (TypeError, ValueError) as error:
        raise InputError(
            f"{name}: a bbox is not four numbers or an id no integer ({error})"
        ) from None


def usable(detections: Detections, image_ids: set, category_ids: set) -> Detections:
    """Drop what cannot be evaluated, with a warning that counts it.

    Not finite boxes and scores, and categories that are not evaluated; the official evaluator
    drops the latter without a word.

    Raises:
        InputError: Detections on images that the ground truth does not have.
    """
    strange = set(np.unique(detections.image_ids).tolist()) - image_ids
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
    return detections[finite & known]
