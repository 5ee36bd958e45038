"""Ultralytics' YOLO: a text file per picture, a row per box, in shares of width and height.

``data.yaml`` names the classes and, per split, folders of pictures or lists of them; labels stand
where ``labels`` replaces the last ``images`` of a picture's path.

YOLO has no word for boxes to ignore. They go to a folder ``ignored`` beside ``labels``, which
Ultralytics never reads, with the bits of :class:`Kind` as a sixth value; a region without class
has class -1.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import yaml

from tinydet.data_tools.faults import Faults
from tinydet.data_tools.formats.unique import text_names
from tinydet.data_tools.formats.yolo_rows import REGION, read_rows
from tinydet.data_tools.formats.yolo_splits import SPLITS, Listed, listed_pictures
from tinydet.data_tools.image_folder import picture_size
from tinydet.data_tools.pictures import DataSet, Kind, Objects, Picture
from tinydet.data_tools.source import Source, Target, progress
from tinydet.errors import InputError


def read(source: Source) -> dict[str, DataSet]:
    """Read ``data.yaml``, or a folder of label files.

    Raises:
        InputError: See :func:`listed_pictures`; a picture cannot be opened.
    """
    classes, splits = listed_pictures(source)
    return {
        split: DataSet(
            list(classes),
            [
                _read_picture(item, len(classes), source.faults)
                for item in progress(items, f"reading {split}")
            ],
        )
        for split, items in splits.items()
    }


def _read_picture(item: Listed, num_classes: int, faults: Faults) -> Picture:
    width, height = picture_size(item.picture, faults)
    objects = Objects(faults, "xywh")
    for path, ignored in ((item.labels, False), (item.ignored, True)):
        for label, (x, y, w, h), kind, where in read_rows(path, num_classes, ignored, faults):
            box = [(x - w / 2) * width, (y - h / 2) * height, w * width, h * height]
            objects.add(box, None if label == REGION else label, where, kind)
    return objects.picture(item.file_name, width, height)


def write(splits: dict[str, DataSet], target: Target) -> None:
    """Write labels, lists of pictures and ``data.yaml``; link to the pictures.

    Raises:
        InputError: The splits have different classes or no usable names, or two pictures one label
            file.
    """
    classes = next(iter(splits.values())).classes
    if other := next((key for key, data in splits.items() if data.classes != classes), None):
        raise InputError(f"split {other} has other classes than the first; give --classes NAME …")
    keys = _keys(splits)
    for split, data in splits.items():
        names = text_names(data.pictures)
        for picture in progress(data.pictures, f"writing {split}"):
            _write_picture(picture, target.path, names[picture.file_name], target.faults)
        listed = "".join(f"./images/{picture.file_name}\n" for picture in data.pictures)
        (target.path / f"{keys[split]}.txt").write_text(listed, encoding="utf-8")
    content = {key: f"{key}.txt" for key in keys.values()} | {"names": dict(enumerate(classes))}
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
    (target.path / "data.yaml").write_text(text, encoding="utf-8")
    target.link_images("images")


def _keys(splits: Iterable[str]) -> dict[str, str]:
    """Return ``{split: key of data.yaml}``: the one that its name holds, or train for a single one.

    Raises:
        InputError: Two splits would have the same key, or one has none.
    """
    splits = list(splits)
    keys = {split: next((key for key in SPLITS if key in split), "") for split in splits}
    if len(splits) == 1:
        return {split: key or "train" for split, key in keys.items()}
    if len(set(keys.values()) - {""}) < len(splits):
        raise InputError(
            f"data.yaml has the splits {', '.join(SPLITS)}; give files of these names, not "
            f"{', '.join(splits)}"
        )
    return keys


def _write_picture(picture: Picture, root: Path, name: str, faults: Faults) -> None:
    rows = list(_rows(picture, faults))
    found = [row for row, kind in rows if kind is None]
    ignored = [f"{row} {kind}" for row, kind in rows if kind is not None]
    for folder, lines in (("labels", found), ("ignored", ignored)):
        path = root / folder / f"{name}.txt"
        if lines or folder == "labels":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        else:
            path.unlink(missing_ok=True)  # of an earlier run


def _rows(picture: Picture, faults: Faults) -> Iterator[tuple[str, int | None]]:
    """Yield rows with their kind; None is an object."""
    for box, label, kind in zip(
        _shares(picture.boxes.xywh, picture), picture.boxes.class_ids, picture.kinds, strict=True
    ):
        if max(box) > 1 or min(box) < 0:
            faults.add(
                "boxes written that reach so far over the border that Ultralytics leaves out their "
                "picture (tools/data/subset.py --clip)",
                f"{picture.file_name} has one of {' '.join(f'{share:.4g}' for share in box)}",
            )
        yield f"{label} {' '.join(map(repr, box))}", int(kind) or None
    regions = np.zeros((0, 4)) if picture.regions is None else picture.regions
    for box in _shares(regions, picture):
        yield f"{REGION} {' '.join(map(repr, box))}", Kind.IGNORED.value


def _shares(boxes: np.ndarray, picture: Picture) -> list[list[float]]:
    """Return centers and sizes as shares of width and height."""
    boxes = boxes / ([picture.width, picture.height] * 2)
    boxes[:, :2] += boxes[:, 2:] / 2
    return boxes.tolist()
