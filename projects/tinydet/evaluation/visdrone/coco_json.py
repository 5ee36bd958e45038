"""Convert VisDrone's annotations to COCO JSON and back, without loss for the evaluation.

Two keys extend COCO's: ``ignored_regions`` of an image, a list of boxes, and ``ignore`` of an
annotation, 1 if VisDrone's score is 0 (training leaves these annotations out). Objects of the
category 'others' are left out, because the evaluation does not use them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from tinydet.datasets.annotations import some
from tinydet.errors import InputError
from tinydet.evaluation.visdrone.folders import Split
from tinydet.evaluation.visdrone.rows import CLASSES, OTHERS, REGION, boxes_of
from tinydet.evaluation.visdrone.sizes import Sizes


def to_coco(truth: Split, sizes: Sizes, file_names: Mapping[str, str]) -> dict:
    """Return a COCO dictionary whose ids count from 1 in the order of the image names.

    Args:
        truth: Boxes of each image.
        sizes: Height and width of each image in pixels.
        file_names: File name of each image, relative to the folder of the data set.
    """
    images, annotations = [], []
    for image_id, name in enumerate(sorted(truth), start=1):
        boxes = truth[name]
        height, width = sizes[name]
        regions = [_plain(box) for box in boxes.xywh[boxes.class_ids == REGION]]
        images.append(
            dict(
                id=image_id,
                file_name=file_names[name],
                width=width,
                height=height,
                ignored_regions=regions,
            )
        )
        for box, score, category in zip(boxes.xywh, boxes.scores, boxes.class_ids, strict=True):
            if category not in (REGION, OTHERS):
                annotations.append(
                    dict(
                        id=len(annotations) + 1,
                        image_id=image_id,
                        category_id=int(category),
                        bbox=_plain(box),
                        area=_plain(box[2:].prod(keepdims=True))[0],
                        iscrowd=0,
                        ignore=int(score == 0),
                    )
                )
    categories = [dict(id=number, name=name) for number, name in enumerate(CLASSES, start=1)]
    return dict(images=images, annotations=annotations, categories=categories)


def _plain(values: np.ndarray) -> list[int | float]:
    """Return whole numbers as integers, as in the text files."""
    return [int(value) if value.is_integer() else value for value in values.tolist()]


def names_of(coco: dict, source: str | Path) -> dict[int, str]:
    """Return ``{image id: file name without folder and suffix}``.

    Raises:
        InputError: An image has no file name, or two images have the same name.
    """
    names: dict[int, str] = {}
    for image in coco["images"]:
        if not isinstance(image.get("file_name"), str):
            raise InputError(f"{source}: the image with id {image['id']} has no 'file_name'")
        names[image["id"]] = Path(image["file_name"]).stem
    if len(set(names.values())) < len(names):
        twice = sorted({name for name in names.values() if list(names.values()).count(name) > 1})
        raise InputError(
            f"{source}: {len(twice)} file names occur more than once without folders and "
            f"suffixes ({some(twice)}); rename them, because they name VisDrone's text files"
        )
    return names


def from_coco(coco: dict, source: str | Path) -> tuple[Split, Sizes]:
    """Return the boxes and the size of each image.

    Args:
        coco: From :func:`tinydet.evaluation.ground_truth.read_ground_truth`, with VisDrone's
            category ids.
        source: Name of the file in errors.

    Raises:
        InputError: See :func:`names_of`; or an image has no ``ignored_regions`` or no size.
    """
    names = names_of(coco, source)
    lacking = [image["file_name"] for image in coco["images"] if not _complete(image)]
    if lacking:
        raise InputError(
            f"{source}: {len(lacking)} images have no list 'ignored_regions' of whole pixels, or "
            f"no 'width' and 'height' ({some(lacking)}); make the file by "
            "tools/data/convert.py --from visdrone"
        )
    lines: dict[int, list] = {image_id: [] for image_id in names}
    for image in coco["images"]:
        lines[image["id"]] += [[*box, 0, REGION] for box in image["ignored_regions"]]
    for ann in coco["annotations"]:
        score = 0 if ann.get("ignore") or ann.get("iscrowd") else 1
        lines[ann["image_id"]].append([*ann["bbox"], score, ann["category_id"]])
    return (
        {names[key]: boxes_of(rows) for key, rows in lines.items()},
        {names[image["id"]]: (image["height"], image["width"]) for image in coco["images"]},
    )


def _complete(image: dict) -> bool:
    regions = image.get("ignored_regions")
    sides = image.get("height"), image.get("width")
    return (
        isinstance(regions, list)
        and all(isinstance(box, list) and len(box) == 4 for box in regions)
        and all(type(number) is int for box in regions for number in box)
        and all(type(side) is int and side > 0 for side in sides)
    )
