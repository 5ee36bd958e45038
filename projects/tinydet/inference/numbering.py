"""The ids that predictions get: counted from 1, or those of an annotation file."""

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
    """Ids of images and of categories, by their names."""

    images: dict[str, int]
    categories: dict[str, int]


def counted(names: Sequence[str], classes: Sequence[str]) -> Numbering:
    """Number images and classes from 1, in their order."""
    return Numbering(
        {name: number for number, name in enumerate(names, start=1)},
        {name: number for number, name in enumerate(classes, start=1)},
    )


def of_file(path: str | Path, names: Sequence[str], classes: Sequence[str]) -> Numbering:
    """Number images and classes as a COCO file does, whose annotations may be missing.

    An image is known by its path relative to the folder searched, or else by its file's name alone
    where the COCO file has that once.

    Args:
        path: The COCO file.
        names: Paths of the images, relative to the folder.
        classes: Names of what can be detected.

    Raises:
        InputError: The file cannot be used, or lacks an image or a class.
    """
    coco = read_json(path)
    if isinstance(coco, dict):
        coco = {"annotations": [], **coco}
    coco = as_coco(coco, path)
    images = _matched(names, coco["images"], path)
    if absent := len(coco["images"]) - len(images):
        print_log(
            f"{absent} of {len(coco['images'])} images of {path} are not among those to look at, "
            "so they get no detections",
            "current",
            logging.WARNING,
        )
    ids = {str(category.get("name")): category["id"] for category in coco["categories"]}
    unknown = [name for name in classes if name not in ids]
    if unknown:
        raise InputError(
            f"{len(unknown)} of the model's {len(classes)} classes are no categories of {path}: "
            f"{some(repr(name) + did_you_mean(name, ids) for name in unknown)} (it has "
            f"{some(ids, 20)}); rename them there, or name by --classes those to look for"
        )
    return Numbering(images, {name: ids[name] for name in classes})


def _matched(names: Sequence[str], images: Sequence[dict], path: str | Path) -> dict[str, int]:
    """Return the id of each image that is named."""
    whole = {str(image.get("file_name")): image["id"] for image in images}
    short = Counter(PurePosixPath(name).name for name in whole)
    alone = {
        base: key for name, key in whole.items() if short[base := PurePosixPath(name).name] < 2
    }
    found = {name: whole.get(name, alone.get(PurePosixPath(name).name)) for name in names}
    lost = [name for name, key in found.items() if key is None]
    if lost:
        raise InputError(
            f"{len(lost)} of {len(names)} images are none of {path} ({some(lost)}), whose names "
            f"are {some(whole, 2)}; give the folder that these are in, or images of the file alone"
        )
    if len(set(found.values())) < len(found):
        twice = Counter(found.values()).most_common(1)[0][0]
        same = [name for name, key in found.items() if key == twice]
        raise InputError(f"{some(same)} would all be the image with id {twice} of {path}")
    return found
