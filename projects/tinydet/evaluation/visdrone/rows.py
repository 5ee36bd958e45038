"""The lines of a VisDrone text file: a box each.

A line holds left, top, width, height, score, category, truncation and occlusion. In ground truth
the score is 1, or 0 for an object that is ignored, and category 0 marks an ignored region.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from tinydet.datasets.named import VISDRONE_CLASSES as CLASSES
from tinydet.errors import InputError
from tinydet.evaluation.detections import Detections

REGION, OTHERS = 0, 11
FIELDS = 8


class Rows:
    """``N`` lines of one file.

    Args:
        boxes: ``(N, 4)`` float64 left, top, width and height in pixels.
        scores: ``(N,)`` float64.
        categories: ``(N,)`` integers, 0 to 11.
    """

    def __init__(self, boxes: np.ndarray, scores: np.ndarray, categories: np.ndarray) -> None:
        self.boxes = np.asarray(boxes, np.float64).reshape(-1, 4)
        self.scores = np.asarray(scores, np.float64).reshape(-1)
        self.categories = np.asarray(categories, np.int64).reshape(-1)

    def __len__(self) -> int:
        return len(self.scores)

    def __getitem__(self, index: np.ndarray | slice) -> Rows:
        return Rows(self.boxes[index], self.scores[index], self.categories[index])

    @classmethod
    def empty(cls) -> Rows:
        return cls([], [], [])


def parse_rows(text: str, name: str | Path = "text", truth: bool = False) -> Rows:
    """Read the lines of one file; blank lines and a comma at a line's end are allowed.

    Args:
        text: What the file holds.
        name: What errors call it.
        truth: Whether it is ground truth, whose scores are 0 or 1 and whose regions have whole
            pixels.

    Raises:
        InputError: The first line that is none, with its number.
    """
    rows = [
        _parse_line(line, f"{name}, line {number}", truth)
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip()
    ]
    table = np.array(rows, np.float64).reshape(-1, 6)
    return Rows(table[:, :4], table[:, 4], table[:, 5])


def _parse_line(line: str, where: str, truth: bool) -> list[float]:
    """Return the first six numbers of a line; the evaluation does not use the others."""
    fields = line.strip().removesuffix(",").split(",")  # some official files end lines so
    if len(fields) != FIELDS:
        raise InputError(
            f"{where} has {len(fields)} fields, not {FIELDS}; write left,top,width,height,score,"
            "category,truncation,occlusion (-1,-1 at the end of a detection)"
        )
    try:
        values = [float(field) for field in fields]
    except ValueError:
        raise InputError(f"{where} holds what is no number: {line.strip()!r}; correct it") from None
    if not all(map(math.isfinite, values)):
        raise InputError(f"{where} holds NaN or infinity: {line.strip()!r}; remove the line")
    score, category = values[4:6]
    if category not in range(OTHERS + 1):
        raise InputError(
            f"{where} has category {fields[5].strip()}; VisDrone's are 1 to {len(CLASSES)} for "
            f"objects, {REGION} for ignored regions and {OTHERS} for others"
        )
    if truth and category != REGION and score not in (0, 1):
        raise InputError(
            f"{where} has score {fields[4].strip()}; in ground truth it is 1, or 0 to ignore the "
            "box. Are --ann and --pred exchanged?"
        )
    if truth and category == REGION and not all(value.is_integer() for value in values[:4]):
        raise InputError(f"{where}: an ignored region has whole pixels; round {line.strip()!r}")
    return values[:6]


def by_score(rows: Rows) -> Rows:
    """Return the rows in descending score; equal scores keep their order."""
    return rows[np.argsort(-rows.scores, kind="stable")]


def join(images: Iterable[Rows]) -> Detections:
    """Number images from 1 and join their detections, image by image."""
    rows = list(images)
    return Detections(
        np.repeat(np.arange(1, len(rows) + 1), [len(part) for part in rows]),
        np.concatenate([part.categories for part in rows]),
        np.concatenate([part.boxes for part in rows]),
        np.concatenate([part.scores for part in rows]),
    )
