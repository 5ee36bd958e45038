"""Which column of a CSV file holds what."""

from __future__ import annotations

from collections.abc import Sequence

from tinydet.data_tools.faults import Faults
from tinydet.data_tools.source import numbers
from tinydet.errors import InputError

NAMES = {  # ours, and what others call it
    "file_name": ("filename", "image", "image_path", "path", "img", "image_name", "image_id"),
    "class": ("label", "name", "category", "class_name"),
    "width": ("image_width", "img_width"),
    "height": ("image_height", "img_height"),
    "xmin": ("x1", "x_min", "left", "bbox_x1"),
    "ymin": ("y1", "y_min", "top", "bbox_y1"),
    "xmax": ("x2", "x_max", "right", "bbox_x2"),
    "ymax": ("y2", "y_max", "bottom", "bbox_y2"),
    "x": ("bbox_x",),
    "y": ("bbox_y",),
    "w": ("bbox_w", "bbox_width", "box_width"),
    "h": ("bbox_h", "bbox_height", "box_height"),
    "ignore": ("difficult",),
    "iscrowd": ("is_crowd",),
    "area": (),
}
OURS = {other: name for name, others in NAMES.items() for other in (name, *others)}
COORDINATES = {"xyxy": ("xmin", "ymin", "xmax", "ymax"), "xywh": ("x", "y", "w", "h")}
RETINANET = ("file_name", "xmin", "ymin", "xmax", "ymax", "class")  # without a header
INDEX = ("", "index", "unnamed: 0")  # what pandas writes unless it is told not to


class Columns:
    """The columns of a file.

    Args:
        first: The fields of the first line.
        name: The file, for sentences.
        delimiter: Between the fields.
        faults: Counts an index column and columns of other names.

    Raises:
        InputError: A column for the file, the class or the coordinates is missing.
    """

    def __init__(self, first: Sequence[str], name: str, delimiter: str, faults: Faults) -> None:
        names = [field.strip().lower() for field in first]
        self.delimiter, self.length = delimiter, len(names)
        self.has_header = any(OURS.get(field) for field in names)
        if not self.has_header:
            names = [*RETINANET] if len(names) == len(RETINANET) else ["index", *RETINANET]
        if len(names) != self.length:
            raise InputError(
                f"{name}, line 1 is no header and has {self.length} fields; write "
                "file_name,width,height,class,xmin,ymin,xmax,ymax as the first line"
            )
        self.places = {OURS[key]: place for place, key in enumerate(names) if key in OURS}
        if names[0] in INDEX:
            faults.add("index columns not read", f"{name} begins with a column of row numbers")
        for key in names[names[0] in INDEX :]:
            if key not in OURS:
                faults.add("columns not read", f"{name} has a column {key!r}")
        corners = all(key in self.places for key in COORDINATES["xyxy"])
        self.format = "xyxy" if corners else "xywh"
        self._require(["file_name", "class", *COORDINATES[self.format]], name)

    def _require(self, keys: Sequence[str], name: str) -> None:
        lacking = [key for key in keys if key not in self.places]
        if lacking:
            raise InputError(
                f"{name} has no column {', '.join(lacking)}; a header is file_name,width,height,"
                "class and xmin,ymin,xmax,ymax or x,y,w,h"
            )

    def text(self, fields: Sequence[str], key: str) -> str:
        """Return a field, empty where there is no such column."""
        place = self.places.get(key)
        return "" if place is None else fields[place].strip()

    def box(self, fields: Sequence[str]) -> list[float] | None:
        """Return the four coordinates; None where all are empty, in a picture without boxes.

        Raises:
            ValueError: One is no number, with the reason.
        """
        texts = [self.text(fields, key) for key in COORDINATES[self.format]]
        return [self.number(text) for text in texts] if any(texts) else None

    def number(self, text: str) -> float:
        """Return a number; a comma is its point where semicolons or tabs part the fields.

        Raises:
            ValueError: It is none, with the reason.
        """
        if self.delimiter != "," and "." not in text:
            text = text.replace(",", ".")
        return numbers([text])[0]


def delimiter_of(line: str) -> str:
    """Return what parts the fields of a line: a comma, a semicolon or a tab."""
    return max(";\t,", key=line.count)
