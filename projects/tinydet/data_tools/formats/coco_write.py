"""Write COCO JSON picture by picture, with all that was read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count

import numpy as np

from tinydet.data_tools.pictures import DataSet, Kind, Picture
from tinydet.data_tools.source import Target, progress


def write(splits: dict[str, DataSet], target: Target) -> None:
    """Write a file per split; ids that were read are kept, others count from 1."""
    for split, data in splits.items():
        path = target.file_of(split, splits, ".json")
        part = path.with_name(path.name + ".part")  # a broken run leaves no half file
        with part.open("w", encoding="utf-8") as stream:
            stream.writelines(_pieces(data, path.name))
        part.replace(path)


def _pieces(data: DataSet, name: str) -> Iterator[str]:
    """Yield the text of a COCO file."""
    categories = data.categories or [
        dict(id=number, name=name) for number, name in enumerate(data.classes, start=1)
    ]
    images = list(zip(data.pictures, _image_ids(data.pictures), strict=True))
    yield "{" + "".join(f"{json.dumps(k)}: {json.dumps(v)},\n" for k, v in data.head.items())
    yield from _array("images", (_image(*image) for image in images))
    ids = _box_ids(data.pictures)
    category_ids = [item["id"] for item in categories]
    boxes = (
        annotation
        for picture, image_id in progress(images, f"writing {name}")
        for annotation in _annotations(picture, image_id, category_ids, ids)
    )
    yield from _array("annotations", boxes)
    yield f'"categories": {json.dumps(categories)}}}\n'


def _array(key: str, items: Iterator[dict]) -> Iterator[str]:
    """Yield a list of a JSON object, an item a line."""
    yield f'"{key}": ['
    for number, item in enumerate(items):
        yield (",\n" if number else "\n") + json.dumps(item)
    yield "\n],\n"


def _image_ids(pictures: list[Picture]) -> list[int]:
    """Return the ids that were read if all are there and differ; else count from 1."""
    given = [picture.id for picture in pictures]
    if None in given or len(set(given)) < len(given):
        return list(range(1, len(given) + 1))
    return given


def _box_ids(pictures: list[Picture]) -> Iterator[int]:
    """Yield an id per box, by the same rule."""
    given = [picture.ids for picture in pictures if len(picture.boxes)]
    if not given or any(ids is None for ids in given):
        return count(1)
    ids = np.concatenate(given)
    return iter(ids.tolist()) if len(np.unique(ids)) == len(ids) else count(1)


def _image(picture: Picture, image_id: int) -> dict:
    size = dict(width=picture.width, height=picture.height)
    image = dict(id=image_id, file_name=picture.file_name, **size, **picture.more)
    if picture.regions is not None:
        image["ignored_regions"] = [_plain(box) for box in picture.regions.tolist()]
    return image


def _annotations(
    picture: Picture, image_id: int, category_ids: list[int], ids: Iterator[int]
) -> Iterator[dict]:
    """Yield the annotations of a picture."""
    boxes = picture.boxes.xywh
    areas = boxes[:, 2] * boxes[:, 3]
    if picture.areas is not None:
        areas = np.where(np.isnan(picture.areas), areas, picture.areas)
    labels = picture.boxes.class_ids.tolist()
    columns = zip(boxes.tolist(), areas.tolist(), labels, picture.kinds.tolist(), strict=True)
    for number, (box, area, label, kind) in enumerate(columns):
        yield dict(
            id=next(ids),
            image_id=image_id,
            category_id=category_ids[label],
            bbox=_plain(box),
            area=_plain([area])[0],
            iscrowd=int(bool(kind & Kind.CROWD.value)),
            ignore=int(bool(kind & Kind.IGNORED.value)),
            **(picture.extras[number] if picture.extras else {}),
        )


def _plain(values: list[float]) -> list[int | float]:
    """Return whole numbers as integers, as most files have them."""
    return [int(value) if value.is_integer() else value for value in values]
