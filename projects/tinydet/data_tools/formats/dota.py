"""DOTA v1.0 to v2.0: corners of rotated boxes, a text file per picture or per tile of it.

The horizontal boxes around them are taken; ``difficult`` objects become boxes to ignore. Tiles of
DOTA_devkit, BboxToolkit or mmrotate (``P0001__1__0___0.txt``) are pictures as any other.
"""

from __future__ import annotations

from pathlib import Path

from tinydet.data_tools.pictures import DataSet, Kind, Labels, Objects, Picture
from tinydet.data_tools.source import Source, numbers, progress, read_text
from tinydet.datasets.named import DOTAV2_CLASSES
from tinydet.errors import InputError

HEADERS = ("imagesource:", "gsd:", "acquisition dates:")  # of v1.0 and v1.5


def read(source: Source) -> dict[str, DataSet]:
    """Read a folder of text files, such as ``labelTxt-v2.0``.

    Without given classes they stand in the order of DOTA-v2.0, which those of v1.0 and v1.5
    begin, as far as all are known to it.

    Raises:
        InputError: No folder, no text file in it, or no folder of pictures, which have the sizes.
    """
    files = source.text_files(source.path, ".txt")
    if source.images is None:
        raise InputError("DOTA's text files do not say the size of a picture; give --images FOLDER")
    labels = Labels(source.classes, source.faults)
    names = source.pictures_of(files, source.path)
    pictures = [
        _picture(path, name, labels, source)
        for path, name in progress(names.items(), f"reading {source.path.name}")
    ]
    order = list(DOTAV2_CLASSES) if set(labels.numbers) <= set(DOTAV2_CLASSES) else None
    return labels.data_sets({source.path.name or "dota": pictures}, order)


def _picture(path: Path, name: str, labels: Labels, source: Source) -> Picture:
    objects = Objects(source.faults)
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        if not line.strip() or line.lower().startswith(HEADERS):
            continue
        where = f"{path}, line {number}"
        try:
            box, class_name, kind = _row(line.split())
        except ValueError as error:
            source.faults.add("rows left out", f"{where} {error}")
            continue
        label = labels.of(class_name, where)
        if label is not None:
            objects.add(box, label, where, kind)
    return objects.picture(name, *source.images.size(name))


def _row(fields: list[str]) -> tuple[list[float], str, Kind]:
    """Return box, class and kind of a line.

    Raises:
        ValueError: It is none, with the reason.
    """
    if len(fields) not in (9, 10):  # tiles of some tools lack the flag
        raise ValueError(f"has {len(fields)} fields, not 10: x1 y1 … x4 y4 class difficult")
    corners = numbers(fields[:8])
    difficult = fields[9] if len(fields) == 10 else "0"
    if not difficult.isdigit():
        raise ValueError(f"has difficult {difficult!r}, which is 0 or 1")
    xs, ys = corners[::2], corners[1::2]
    kind = Kind.IGNORED if int(difficult) else Kind.OBJECT
    return [min(xs), min(ys), max(xs), max(ys)], fields[8], kind
