"""The lines of VisDrone's text files, one box per line.

A line holds left, top, width, height, score, category, truncation and occlusion. In ground truth
the score is 1, or 0 for an ignored object, and category 0 marks an ignored region.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tinydet.boxes import Boxes
from tinydet.datasets.named import VISDRONE_CLASSES as CLASSES
from tinydet.errors import InputError

REGION, OTHERS = 0, 11
FIELDS = 8


def boxes_of(rows: np.ndarray | Sequence[Sequence[float]]) -> Boxes:
    """Return the boxes of ``(N, 6)`` rows: left, top, width, height, score and category."""
    table = np.asarray(rows, np.float64).reshape(-1, 6)
    return Boxes(table[:, :4], table[:, 5].astype(np.int64), table[:, 4], format="xywh")


def parse_rows(text: str, name: str | Path = "text", truth: bool = False) -> Boxes:
    """Parse the lines of one file. Blank lines and a comma at the end of a line are allowed.

    Args:
        text: Content of the file.
        name: Name of the file in errors.
        truth: Whether the file is ground truth, which has scores of 0 or 1 and ignored regions of
            whole pixels.

    Raises:
        InputError: A line is invalid; the message gives the number of the first such line.
    """
    rows = [
        _parse_line(line, f"{name}, line {number}", truth)
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip()
    ]
    return boxes_of(rows)


def _parse_line(line: str, where: str, truth: bool) -> list[float]:
    """Return the first six numbers of a line; an evaluation does not use the other two."""
    fields = line.strip().removesuffix(",").split(",")  # some official files have this comma
    if len(fields) != FIELDS:
        raise InputError(
            f"{where} has {len(fields)} fields, not {FIELDS}; write left,top,width,height,score,"
            "category,truncation,occlusion (-1,-1 at the end of a detection)"
        )
    try:
        values = [float(field) for field in fields]
    except ValueError:
        raise InputError(
            f"{where} has a field that is not a number: {line.strip()!r}; correct the line"
        ) from None
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
            f"{where} has score {fields[4].strip()}; ground truth has score 1, or 0 for an ignored "
            "object. Are --ann and --pred exchanged?"
        )
    if truth and category == REGION and not all(value.is_integer() for value in values[:4]):
        raise InputError(f"{where}: an ignored region has whole pixels; round {line.strip()!r}")
    return values[:6]


def by_score(boxes: Boxes) -> Boxes:
    """Return the boxes by descending score; equal scores keep their order."""
    return boxes[np.argsort(-boxes.scores, kind="stable")]
