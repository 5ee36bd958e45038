"""CVAT for images 1.1: one XML file, read as a stream.

Boxes with a rotation, polygons and ellipses become the boxes around them, counted; polylines,
points, cuboids, masks and tracks of videos are left out, counted. An attribute ``ignore`` or
``difficult`` that is true marks a box to ignore.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from tinydet.data_tools.image_folder import forward
from tinydet.data_tools.pictures import DataSet, Kind, Labels, Objects, Picture
from tinydet.data_tools.source import Source, numbers, progress
from tinydet.errors import InputError

OTHERS = ("polyline", "points", "cuboid", "mask", "skeleton", "tag")


def read(source: Source) -> dict[str, DataSet]:
    """Read the file; without given classes, those of the task stand in its order.

    Raises:
        InputError: No file, no XML, no picture in it, or an unknown size.
    """
    path = source.path
    if not path.is_file():
        raise InputError(f"{path} is no file (looked for {path.resolve()}); name CVAT's XML file")
    labels = Labels(source.classes, source.faults)
    pictures, order = [], []
    try:
        for element in progress(_elements(path), f"reading {path.name}", unit=" pictures"):
            if element.tag == "image":
                pictures.append(_picture(element, labels, source))
            elif element.tag == "track":
                sentence = f"{path} has track {element.get('id')}, of a video"
                source.faults.add("tracks left out", sentence)
            else:
                order = [item.findtext("name") or "" for item in element.iter("label")]
            element.clear()
    except ElementTree.ParseError as error:
        raise InputError(f"{path} is no XML: {error}") from None
    if not pictures:
        raise InputError(f"{path} has no <image>; export the task as 'CVAT for images 1.1'")
    whole = set(labels.numbers) <= set(order)
    return labels.data_sets({path.stem: pictures}, order if whole else None)


def _elements(path: Path) -> Iterator[ElementTree.Element]:
    """Yield the list of labels, the pictures and the tracks, each once its end is read."""
    for _, element in ElementTree.iterparse(path):
        if element.tag in ("image", "track", "labels"):
            yield element


def _picture(element: ElementTree.Element, labels: Labels, source: Source) -> Picture:
    where = f"{source.path}, image {element.get('id')}"
    name = forward(element.get("name") or "", where, source.faults)
    if not name:
        raise InputError(f"{where} has no name")
    if source.images and name not in source.images:
        sentence = f"{where} is {name}, which is not in {source.images.root}"
        source.faults.add("pictures kept without their file", sentence)
    size = [int(element.get(side) or 0) for side in ("width", "height")]
    width, height = size if all(size) else source.size(name, where)
    objects = Objects(source.faults)
    for number, shape in enumerate(element, start=1):
        _add(objects, shape, labels, f"{where}, shape {number}")
    return objects.picture(name, width, height)


def _add(objects: Objects, shape: ElementTree.Element, labels: Labels, where: str) -> None:
    if shape.tag in OTHERS:
        objects.faults.add("shapes without a box left out", f"{where} is a {shape.tag}")
        return
    try:
        box, exact = _box(shape)
    except ValueError as error:
        objects.faults.add("shapes left out", f"{where} {error}")
        return
    label = labels.of(shape.get("label") or "", where)
    if label is None:
        return
    if not exact:
        sentence = f"{where} is a {shape.tag}{' with a rotation' * (shape.tag == 'box')}"
        objects.faults.add("shapes read as the boxes around them", sentence)
    ignored = any(
        attribute.get("name") in ("ignore", "difficult") and attribute.text == "true"
        for attribute in shape.iter("attribute")
    )
    objects.add(box, label, where, Kind.IGNORED if ignored else Kind.OBJECT)


def _box(shape: ElementTree.Element) -> tuple[list[float], bool]:
    """Return the box around a shape as corners, and whether the shape is that box.

    Raises:
        ValueError: It is no such shape, with the reason.
    """
    turn = math.radians(float(shape.get("rotation") or 0))
    if shape.tag == "box":
        x1, y1, x2, y2 = _attributes(shape, "xtl", "ytl", "xbr", "ybr")
        if not turn:
            return [x1, y1, x2, y2], True
        (x, y), (a, b) = ((x1 + x2) / 2, (y1 + y2) / 2), ((x2 - x1) / 2, (y2 - y1) / 2)
        cos, sin = abs(math.cos(turn)), abs(math.sin(turn))
        half_width, half_height = a * cos + b * sin, a * sin + b * cos
    elif shape.tag == "ellipse":
        x, y, a, b = _attributes(shape, "cx", "cy", "rx", "ry")
        cos, sin = math.cos(turn), math.sin(turn)
        half_width, half_height = math.hypot(a * cos, b * sin), math.hypot(a * sin, b * cos)
    elif shape.tag == "polygon":
        points = [numbers(point.split(",")) for point in (shape.get("points") or "").split(";")]
        xs, ys = zip(*points, strict=True)
        return [min(xs), min(ys), max(xs), max(ys)], False
    else:
        raise ValueError(f"is a <{shape.tag}>, which CVAT for images does not have")
    return [x - half_width, y - half_height, x + half_width, y + half_height], False


def _attributes(shape: ElementTree.Element, *names: str) -> list[float]:
    return numbers(shape.get(name) or "" for name in names)
