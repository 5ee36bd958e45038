"""The rows of a YOLO label file: a class and a box in shares of the picture."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tinydet.data_tools.faults import Faults
from tinydet.data_tools.pictures import Kind
from tinydet.data_tools.source import numbers, read_text

REGION = -1  # the class of an ignored region, in a file of ours


class Row(NamedTuple):
    """A row: its label, center x, center y, width and height as shares, kind and place."""

    label: int
    box: list[float]
    kind: Kind
    where: str


def read_rows(path: Path, num_classes: int, ignored: bool, faults: Faults) -> Iterator[Row]:
    """Yield the rows of a file; count those that are none, and say what is wrong with the first.

    Args:
        path: The file. Where it is missing or empty, the picture is background, and counted.
        num_classes: Labels are below it.
        ignored: The file is one of ours, of boxes to ignore: a sixth value is their kind.
        faults: Counts.
    """
    if not path.is_file():
        if not ignored:
            faults.add("pictures without a label file kept as background", f"{path} does not exist")
        return
    lines = read_text(path).splitlines()
    if not any(map(str.strip, lines)) and not ignored:
        faults.add("pictures with an empty label file kept as background", f"{path} is empty")
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        where, fields = f"{path}, line {number}", line.split()
        try:
            row = _row(fields, num_classes, ignored, where)
        except ValueError as error:
            faults.add("rows left out", f"{where} {error}")
            continue
        if len(fields) > 6:
            faults.add("polygons read as the boxes around them", f"{where} has a polygon")
        yield row


def _row(fields: list[str], num_classes: int, ignored: bool, where: str) -> Row:
    """Return the row of a line.

    Raises:
        ValueError: It is none, with the reason.
    """
    values = numbers(fields)
    kind = Kind(int(values.pop())) if ignored and len(values) == 6 else Kind.OBJECT
    label, *box = values
    if not (label.is_integer() and (0 <= label < num_classes or (ignored and label == REGION))):
        raise ValueError(f"has class {fields[0]}; there are {num_classes}, counted from 0")
    if len(box) >= 6 and len(box) % 2 == 0:
        box = _around(box)
    if len(box) != 4:
        raise ValueError(f"has {len(fields)} values, not 5: class, center x and y, width, height")
    x, y, width, height = box
    if not all(map(math.isfinite, box)):
        raise ValueError(f"has the box {' '.join(fields[1:5])}; write four finite numbers")
    if width < 0 or height < 0:
        raise ValueError(f"has the box {' '.join(fields[1:5])}; sides are not below 0")
    # Boxes that reach over the border are kept; a box beside the picture is one in pixels.
    if abs(x - 0.5) >= (1 + width) / 2 or abs(y - 0.5) >= (1 + height) / 2 or max(box[2:]) > 2:
        raise ValueError(
            f"has the box {' '.join(fields[1:5])}, which lies outside the picture; numbers are "
            "shares from 0 to 1, not pixels"
        )
    return Row(int(label), box, kind, where)


def _around(polygon: list[float]) -> list[float]:
    """Return center and size of the box around ``x1, y1, x2, y2, …``."""
    xs, ys = polygon[::2], polygon[1::2]
    left, top, right, bottom = min(xs), min(ys), max(xs), max(ys)
    return [(left + right) / 2, (top + bottom) / 2, right - left, bottom - top]
