"""LabelMe: a JSON file per picture, with shapes of which only rectangles are boxes.

Polygons, masks and circles become the boxes around them, counted; lines and points have no area.
A shape whose ``flags`` has ``difficult`` or ``ignore`` set is a box to ignore.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

from tinydet.data_tools.image_folder import forward
from tinydet.data_tools.pictures import DataSet, Kind, Labels, Objects, Picture
from tinydet.data_tools.source import Source, progress, read_text, stem_of
from tinydet.datasets.fields import integer

AREAS = ("rectangle", "polygon", "mask", "circle")


def read(source: Source) -> dict[str, DataSet]:
    """Read a folder of JSON files.

    Raises:
        InputError: No folder, no JSON file in it, or an unknown size.
    """
    files = source.text_files(source.path, ".json")
    labels = Labels(source.classes, source.faults)
    pictures = (
        _picture(path, labels, source) for path in progress(files, f"reading {source.path.name}")
    )
    return labels.data_sets({source.path.name or "labelme": list(filter(None, pictures))})


def _picture(path: Path, labels: Labels, source: Source) -> Picture | None:
    """Return the picture of a file; None, and a counted fault, where it is none of LabelMe's."""
    try:
        content = json.loads(read_text(path))
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        source.faults.add("files left out", f"{path} is not JSON: {error.msg} at {where}")
        return None
    if not isinstance(content, dict) or not isinstance(content.get("shapes"), list):
        source.faults.add("files left out", f"{path} has no list 'shapes'; is it LabelMe's?")
        return None
    name = _file_name(content, path, source)
    size = integer(content.get("imageWidth")), integer(content.get("imageHeight"))
    width, height = size if all(size) else source.size(name, str(path))
    objects = Objects(source.faults)
    for number, shape in enumerate(content["shapes"], start=1):
        _add(objects, shape, labels, f"{path}, shape {number}")
    return objects.picture(name, width, height)


def _file_name(content: dict, path: Path, source: Source) -> str:
    """Return the picture's path below the folder of pictures."""
    said = forward(str(content.get("imagePath") or f"{path.stem}.jpg"), str(path), source.faults)
    last = said.rsplit("/", 1)[-1]  # imagePath starts from the JSON file, wherever that was
    if source.images is None:
        return last
    if last in source.images:
        return last
    if found := source.images.find(stem_of(last), str(path)):
        return found
    sentence = f"{path} names {said}, which is not in {source.images.root}"
    source.faults.add("pictures kept without their file", sentence)
    return last


def _add(objects: Objects, shape: dict, labels: Labels, where: str) -> None:
    try:
        kind, points = shape.get("shape_type", "polygon"), shape["points"]
        xs, ys = ([float(point[axis]) for point in points] for axis in (0, 1))
        box = _around(kind, xs, ys)
    except (AttributeError, KeyError, IndexError, TypeError, ValueError):
        objects.faults.add("shapes left out", f"{where} has no list of points")
        return
    if box is None:
        objects.faults.add("shapes without area left out", f"{where} is a {kind}")
        return
    label = labels.of(str(shape.get("label") or ""), where)
    if label is None:
        return
    if kind != "rectangle":
        objects.faults.add("shapes read as the boxes around them", f"{where} is a {kind}")
    flags = shape.get("flags") or {}
    ignored = flags.get("difficult") or flags.get("ignore")
    objects.add(box, label, where, Kind.IGNORED if ignored else Kind.OBJECT)


def _around(kind: str, xs: list[float], ys: list[float]) -> list[float] | None:
    """Return the box around a shape as corners; None for what has no area."""
    if kind not in AREAS:
        return None
    if kind == "circle":  # its center, and a point on it
        (x, y), radius = (xs[0], ys[0]), math.hypot(xs[1] - xs[0], ys[1] - ys[0])
        return [x - radius, y - radius, x + radius, y + radius]
    return [min(xs), min(ys), max(xs), max(ys)]
