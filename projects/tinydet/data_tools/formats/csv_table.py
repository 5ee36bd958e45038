"""A CSV file: a row per box, or per picture without one.

Written are ``file_name, width, height, class``, four coordinates in the form in which they were
read (``x, y, w, h`` or ``xmin, ymin, xmax, ymax``), ``ignore``, ``iscrowd`` and ``area``, which is
empty where it is that of the box. A row with ``ignore`` and no class is an ignored region. Read are
these columns in any order and under their usual other names, with commas, semicolons (and then
decimal commas) or tabs between them, and RetinaNet's six columns without a header.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import chain
from typing import TextIO

from tinydet.data_tools.formats.csv_columns import COORDINATES, Columns, delimiter_of
from tinydet.data_tools.image_folder import forward
from tinydet.data_tools.pictures import DataSet, Kind, Labels, Objects, Picture
from tinydet.data_tools.source import Source, Target, progress
from tinydet.errors import InputError


def read(source: Source) -> dict[str, DataSet]:
    """Read one file; rows of a picture may stand anywhere.

    Raises:
        InputError: No file, no text, columns that are missing, or an unknown size.
    """
    path = source.path
    if not path.is_file():
        raise InputError(f"{path} is no file (looked for {path.resolve()}); name a CSV file")
    table = Table(source)
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            table.read(stream)
    except UnicodeDecodeError:
        raise InputError(f"{path} is no text in UTF-8; is it a CSV file?") from None
    return table.labels.data_sets({path.stem: table.pictures()})


class Table:
    """The rows of a file, collected by picture."""

    def __init__(self, source: Source) -> None:
        self.source, self.name = source, str(source.path)
        self.labels = Labels(source.classes, source.faults)
        self.objects: dict[str, Objects] = {}
        self.sizes: dict[str, tuple[str, str]] = {}

    def read(self, stream: TextIO) -> None:
        """Read all rows; count those that are none."""
        delimiter = delimiter_of(stream.readline())
        stream.seek(0)
        rows = csv.reader(stream, delimiter=delimiter)
        first = next(rows, None)
        if first is None:
            raise InputError(f"{self.name} is empty")
        self.columns = Columns(first, self.name, delimiter, self.source.faults)
        rest = rows if self.columns.has_header else chain([first], rows)
        for fields in progress(rest, f"reading {self.source.path.name}", unit=" rows"):
            if fields:
                self._add(fields, f"{self.name}, line {rows.line_num}")

    def _add(self, fields: list[str], where: str) -> None:
        columns, faults = self.columns, self.source.faults
        if len(fields) != columns.length:
            sentence = f"{where} has {len(fields)} fields, not {columns.length}"
            faults.add("rows left out", sentence)
            return
        name = columns.text(fields, "file_name")
        try:
            box, area = columns.box(fields), columns.text(fields, "area")
            area = columns.number(area) if area else None
            kind = Kind.IGNORED * self._flag(fields, "ignore")
            kind |= Kind.CROWD * self._flag(fields, "iscrowd")
        except ValueError as error:
            faults.add("rows left out", f"{where} {error}")
            return
        if name not in self.objects:
            self.objects[name] = Objects(faults, columns.format)
            self.sizes[name] = (columns.text(fields, "width"), columns.text(fields, "height"))
        class_name = columns.text(fields, "class")
        region = kind == Kind.IGNORED and not class_name
        if box is None:
            return
        label = None if region else self.labels.of(class_name, where)
        if region or label is not None:
            self.objects[name].add(box, label, where, kind, area)

    def _flag(self, fields: list[str], key: str) -> int:
        text = self.columns.text(fields, key).lower()
        if text not in ("", "0", "1", "false", "true", "0.0", "1.0"):
            raise ValueError(f"has {key} {text!r}, which is 0 or 1")
        return int(text in ("1", "1.0", "true"))

    def pictures(self) -> list[Picture]:
        """Return the pictures in the order of their first rows."""
        result = []
        for name, objects in self.objects.items():
            file_name = forward(name, self.name, self.source.faults)
            size = [int(side) if side.isdigit() else 0 for side in self.sizes[name]]
            width, height = size if all(size) else self.source.size(file_name, self.name)
            if self.source.images and file_name not in self.source.images:
                sentence = f"{file_name} of {self.name} is not in {self.source.images.root}"
                self.source.faults.add("pictures kept without their file", sentence)
            result.append(objects.picture(file_name, width, height))
        return result


def write(splits: dict[str, DataSet], target: Target) -> None:
    """Write a file per split."""
    for split, data in splits.items():
        path = target.file_of(split, splits, ".csv")
        formats = {picture.boxes.format for picture in data.pictures}
        form = formats.pop() if len(formats) == 1 else "xywh"
        header = ["file_name", "width", "height", "class", *COORDINATES[form]]
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow([*header, "ignore", "iscrowd", "area"])
            for picture in progress(data.pictures, f"writing {path.name}"):
                writer.writerows(_rows(picture, data.classes, form))


def _rows(picture: Picture, classes: list[str], form: str) -> Iterator[list]:
    """Yield the rows of a picture: its boxes, its regions, or one without a box."""
    head = [picture.file_name, picture.width, picture.height]
    boxes, labels = getattr(picture.boxes, form).tolist(), picture.boxes.class_ids.tolist()
    areas = [""] * len(boxes)
    if picture.areas is not None:
        areas = ["" if area != area else area for area in picture.areas.tolist()]  # NaN: the box's
    for box, label, kind, area in zip(boxes, labels, picture.kinds.tolist(), areas, strict=True):
        yield [
            *head,
            classes[label],
            *box,
            kind & Kind.IGNORED.value,
            kind // Kind.CROWD.value,
            area,
        ]
    regions = [] if picture.regions is None else picture.regions.tolist()
    for x, y, width, height in regions:
        box = [x, y, x + width, y + height] if form == "xyxy" else [x, y, width, height]
        yield [*head, "", *box, 1, 0, ""]
    if not boxes and not regions:
        yield [*head, *[""] * 5, 0, 0, ""]
