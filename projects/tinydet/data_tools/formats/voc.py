"""Pascal VOC: an XML file per picture.

PASCAL's own files count pixels from 1 and include the right one (``pixels="indices"``). LabelImg,
CVAT and Roboflow write the edges, counted from 0 (``pixels="edges"``, the default); a box of 4
pixels read the wrong way has 3 or 5. Numbers keep their fractions, which mmdet's reader cuts off.

``difficult`` is a box to ignore. For what VOC has no word for, crowds and regions without a class,
there are elements of ours that other readers pass over.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import numpy as np

from tinydet.data_tools.formats.unique import text_names
from tinydet.data_tools.image_folder import forward
from tinydet.data_tools.pictures import DataSet, Kind, Labels, Objects, Picture
from tinydet.data_tools.source import Source, Target, numbers, progress, read_text, stem_of
from tinydet.errors import InputError

CORNERS = ("xmin", "ymin", "xmax", "ymax")
PIXELS = {"edges": (0, 0, 0, 0), "indices": (-1, -1, 0, 0)}  # added, they are edges from 0


def read(source: Source) -> dict[str, DataSet]:
    """Read a folder of XML files, or one that holds ``Annotations`` and ``ImageSets``.

    Raises:
        InputError: No folder, no XML file in it, no such list of a split, or an unknown size.
    """
    inner = source.path / "Annotations"
    folder = inner if inner.is_dir() else source.path
    files = source.text_files(folder, ".xml")
    labels = Labels(source.classes, source.faults)
    chosen = {source.path.name or "voc": files}
    if source.splits:
        chosen = {split: _of_split(split, folder, source) for split in source.splits}
    parts = {
        split: [
            picture
            for path in progress(paths, f"reading {split}")
            if (picture := _picture(path, folder, labels, source))
        ]
        for split, paths in chosen.items()
    }
    if not source.splits:
        used = {picture.file_name for pictures in parts.values() for picture in pictures}
        source.count_bare(used, folder)
    return labels.data_sets(parts)


def _of_split(split: str, folder: Path, source: Source) -> list[Path]:
    """Return the XML files of the names in ``ImageSets/Main``."""
    path = source.path / "ImageSets/Main" / f"{split}.txt"
    if not path.is_file():
        raise InputError(f"{path} does not exist; leave --split out to read all XML files")
    found = []
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        xml = folder / f"{line.strip()}.xml"
        if xml.is_file():
            found.append(xml)
        elif line.strip():
            sentence = f"{path}, line {number} names {line.strip()!r}, which has no XML file"
            source.faults.add("listed pictures left out", sentence)
    return found


def _picture(path: Path, folder: Path, labels: Labels, source: Source) -> Picture | None:
    """Return the picture of an XML file; None, and a counted fault, where it is none."""
    try:
        root = ElementTree.parse(path).getroot()
    except ElementTree.ParseError as error:
        source.faults.add("files left out", f"{path} is no XML: {error}")
        return None
    name = _file_name(root, path, folder, source)
    size = [_whole(root.findtext(f"size/{side}")) for side in ("width", "height")]
    width, height = size if all(size) else source.size(name, str(path))
    objects = Objects(source.faults)
    for number, item in enumerate(root.findall("object"), start=1):
        where = f"{path}, object {number}"
        label = labels.of((item.findtext("name") or "").strip(), where)
        if label is not None:
            _add(objects, item, label, where, source)
    for number, item in enumerate(root.findall("ignored_region"), start=1):
        _add(objects, item, None, f"{path}, ignored region {number}", source)
    return objects.picture(name, width, height)


def _file_name(root: ElementTree.Element, path: Path, folder: Path, source: Source) -> str:
    """Return the picture's name: the file of that stem, or what the XML says."""
    stem = stem_of(path.relative_to(folder).as_posix())
    said = forward((root.findtext("filename") or "").strip(), str(path), source.faults)
    if source.images is None:
        return said or f"{stem}.jpg"
    if said in source.images:
        return said
    if found := source.images.find(stem, str(path)):
        return found
    sentence = f"{path} belongs to no picture in {source.images.root}"
    source.faults.add("pictures kept without their file", sentence)
    return said or f"{stem}.jpg"


def _whole(text: str | None) -> int:
    """Return a positive whole number, or 0."""
    return int(text) if text and text.strip().isdigit() else 0


def _add(
    objects: Objects, item: ElementTree.Element, label: int | None, where: str, source: Source
) -> None:
    texts = {child.tag: child.text or "" for child in item.iterfind("bndbox/*")}
    try:
        corners = numbers(texts.get(key, "") for key in CORNERS)
    except ValueError as error:
        source.faults.add("boxes left out", f"{where} {error}")
        return
    crowd = _whole(item.findtext("iscrowd"))
    ignored = _whole(item.findtext("ignore" if crowd else "difficult"))
    kind = Kind.CROWD * bool(crowd) | Kind.IGNORED * bool(ignored)
    box = [corner + shift for corner, shift in zip(corners, PIXELS[source.pixels], strict=True)]
    objects.add(box, label, where, kind)


def write(splits: dict[str, DataSet], target: Target) -> None:
    """Write ``Annotations/*.xml`` and ``ImageSets/Main/<split>.txt``; link to the pictures.

    Raises:
        InputError: See :func:`text_names`.
    """
    lists = target.path / "ImageSets/Main"
    lists.mkdir(parents=True, exist_ok=True)
    for split, data in splits.items():
        names = text_names(data.pictures)
        for picture in progress(data.pictures, f"writing {split}"):
            path = target.path / "Annotations" / f"{names[picture.file_name]}.xml"
            path.parent.mkdir(parents=True, exist_ok=True)
            text = "\n".join(_lines(picture, data.classes, PIXELS[target.pixels]))
            path.write_text(text, encoding="utf-8")
        listed = "".join(f"{name}\n" for name in names.values())
        (lists / f"{split}.txt").write_text(listed, encoding="utf-8")
    target.link_images("JPEGImages")


def _lines(picture: Picture, classes: list[str], offset: Sequence[int]) -> Iterator[str]:
    yield "<annotation>"
    yield f"  <filename>{escape(picture.file_name)}</filename>"
    yield f"  <size><width>{picture.width}</width><height>{picture.height}</height></size>"
    corners = (picture.boxes.xyxy - offset).tolist()
    for box, label, kind in zip(corners, picture.boxes.class_ids, picture.kinds, strict=True):
        yield f"  <object><name>{escape(classes[label])}</name>"
        yield f"    <difficult>{int(kind > 0)}</difficult>"
        if kind & Kind.CROWD.value:
            yield f"    <iscrowd>1</iscrowd><ignore>{int(kind & Kind.IGNORED.value)}</ignore>"
        yield f"    {_bndbox(box)}</object>"
    regions = np.zeros((0, 4)) if picture.regions is None else picture.regions
    for x, y, width, height in regions.tolist():
        box = (np.array([x, y, x + width, y + height]) - offset).tolist()
        yield f"  <ignored_region>{_bndbox(box)}</ignored_region>"
    yield "</annotation>\n"


def _bndbox(box: list[float]) -> str:
    numbers = (f"<{key}>{value!r}</{key}>" for key, value in zip(CORNERS, box, strict=True))
    return f"<bndbox>{''.join(numbers)}</bndbox>"
