"""SODA-A: a JSON file per picture or per tile of it, with the corners of rotated boxes.

The horizontal boxes around them are taken. Regions to ignore (category 9) and polygons of more than
four corners are left out, as in the evaluation of the data set's authors.
"""

from __future__ import annotations

import json
from pathlib import Path

from tinydet.data_tools.pictures import DataSet, Objects, Picture
from tinydet.data_tools.source import Source, progress, read_text
from tinydet.datasets.fields import integer
from tinydet.datasets.named import SODAA_CLASSES
from tinydet.errors import InputError

IGNORE = len(SODAA_CLASSES)


def read(source: Source) -> dict[str, DataSet]:
    """Read a folder of JSON files, such as ``rawData/test/Annotations``.

    Raises:
        InputError: No folder, no JSON file in it, or no folder of pictures, which have the sizes.
    """
    files = source.text_files(source.path, ".json")
    if source.images is None:
        raise InputError("SODA-A's files do not say the size of a picture; give --images FOLDER")
    names = source.pictures_of(files, source.path)
    pictures = [
        _picture(path, name, source)
        for path, name in progress(names.items(), f"reading {source.path.name}")
    ]
    return {source.path.name or "sodaa": DataSet(list(SODAA_CLASSES), pictures)}


def _picture(path: Path, name: str, source: Source) -> Picture:
    objects = Objects(source.faults)
    for number, shape in enumerate(_shapes(path, source), start=1):
        where = f"{path}, object {number}"
        try:
            label, corners = _object(shape)
        except ValueError as error:
            source.faults.add("objects left out", f"{where} {error}")
            continue
        if label == IGNORE:
            source.faults.add("regions to ignore left out", f"{where} is one")
            continue
        xs, ys = corners[::2], corners[1::2]
        objects.add([min(xs), min(ys), max(xs), max(ys)], label, where)
    return objects.picture(name, *source.images.size(name))


def _shapes(path: Path, source: Source) -> list:
    """Return the list of objects; empty, and a counted fault, where the file has none."""
    try:
        content = json.loads(read_text(path))
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        source.faults.add("files read as empty", f"{path} is not JSON: {error.msg} at {where}")
        return []
    if not isinstance(content, dict) or not isinstance(content.get("annotations"), list):
        source.faults.add("files read as empty", f"{path} has no list 'annotations'")
        return []
    return content["annotations"]


def _object(shape: object) -> tuple[int, list[float]]:
    """Return label and corners x1, y1 … x4, y4 of an object of a picture or of a tile.

    Raises:
        ValueError: It is none, with the reason.
    """
    fields = shape if isinstance(shape, dict) else {}
    label = integer(fields.get("category_id", fields.get("cat_id")))  # of tiles: cat_id
    if label is None or not 0 <= label <= IGNORE:
        raise ValueError(f"has category {label!r}, which is 0 to {IGNORE}")
    try:
        corners = [float(number) for number in fields["poly"]]
    except (KeyError, TypeError, ValueError):
        raise ValueError("has no list 'poly' of corners") from None
    if len(corners) != 8:
        raise ValueError(f"has a 'poly' of {len(corners)} numbers, not 8")
    return label, corners
