"""Assign ids to predictions: counted from 1, or taken from an annotation file."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from mmengine.logging import print_log

from tinydet.datasets.annotations import as_coco, read_json, some
from tinydet.errors import InputError, did_you_mean


class Numbering(NamedTuple):
    """Ids of images and of categories by name."""

    images: dict[str, int]
    categories: dict[str, int]


def counted(names: Sequence[str], classes: Sequence[str]) -> Numbering:
    """Number images and classes from 1 in the given order."""
    return Numbering(
        {name: number for number, name in enumerate(names, start=1)},
        {name: number for number, name in enumerate(classes, start=1)},
    )


def of_file(path: str | Path, names: Sequence[str], classes: Sequence[str]) -> Numbering:
    """Number images and classes as in a COCO file. The file needs no annotations.

    An image is matched by its path, or else by its file name without folders if the COCO file has
    this name once.

    Args:
        path: COCO file.
        names: Paths of the images, relative to the folder that was searched.
        classes: Names of the classes that can be detected.

    Raises:
        InputError: The file cannot be read, or lacks an image or a class.
    """
    coco = read_json(path)
    if isinstance(coco, dict):
        coco = {"annotations": [], **coco}
    coco = as_coco(coco, path)
    images = _matched(names, coco["images"], path)
    if absent := len(coco["images"]) - len(images):
        print_log(
            f"{absent} of {len(coco['images'])} images of {path} are not among the input images "
            "and get no detections",
            "current",
            logging.WARNING,
        )
    ids = {str(category.get("name")): category["id"] for category in coco["categories"]}
    unknown = [name for name in classes if name not in ids]
    if unknown:
        raise InputError(
            f"{len(unknown)} of the model's {len(classes)} classes are no categories of {path}: "
            f"{some(repr(name) + did_you_mean(name, ids) for name in unknown)} (it has "
            f"{some(ids, 20)}); rename the categories, or choose classes of the file with --classes"
        )
    return Numbering(images, {name: ids[name] for name in classes})


def _matched(names: Sequence[str], images: Sequence[dict], path: str | Path) -> dict[str, int]:
    """Return ``{name: id}`` for the images of these names."""
    whole = {str(image.get("file_name")): image["id"] for image in images}
    short = Counter(PurePosixPath(name).name for name in whole)
    alone = {
        base: key for name, key in whole.items() if short[base := PurePosixPath(name).name] < 2
    }
    found = {name: whole.get(name, alone.get(PurePosixPath(name).name)) for name in names}
    lost = [name for name, key in found.items() if key is None]
    if lost:
        raise InputError(
            f"{len(lost)} of {len(names)} images are not in {path} ({some(lost)}), whose names "
            f"are {some(whole, 2)}; give the folder that contains these, or only images of the file"
        )
    if len(set(found.values())) < len(found):
        twice = Counter(found.values()).most_common(1)[0][0]
        same = [name for name, key in found.items() if key == twice]
        raise InputError(
            f"{some(same)} all match the image with id {twice} of {path}; give one of them"
        )
    return found
