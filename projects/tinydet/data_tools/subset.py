"""Classes, boxes and pictures of a data set, chosen; each function returns a new data set."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from itertools import chain

import numpy as np

from tinydet.boxes import Boxes
from tinydet.data_tools.pictures import DataSet, Kind, Picture
from tinydet.datasets.annotations import some
from tinydet.errors import InputError, did_you_mean


def select(picture: Picture, mask: np.ndarray, **changes: object) -> Picture:
    """Return a picture with the boxes of an ``(N,)`` mask, and with other fields changed."""
    index = np.flatnonzero(mask)
    return dataclasses.replace(
        picture,
        boxes=picture.boxes[index],
        kinds=picture.kinds[index],
        areas=None if picture.areas is None else picture.areas[index],
        ids=None if picture.ids is None else picture.ids[index],
        extras=None if picture.extras is None else [picture.extras[i] for i in index],
        **changes,
    )


def check_classes(data: DataSet, names: Sequence[str], option: str) -> None:
    """Check that classes exist.

    Raises:
        InputError: One does not.
    """
    for name in names:
        if name not in data.classes:
            raise InputError(
                f"{option} names {name!r}{did_you_mean(name, data.classes)}; the classes are "
                f"{some(data.classes, 30)}"
            )


def rename(data: DataSet, names: Mapping[str, str]) -> DataSet:
    """Rename classes; those that get the same name become one, at the place of the first.

    Args:
        data: The data set.
        names: ``{name: new name}``.

    Raises:
        InputError: A name is no class.
    """
    check_classes(data, list(names), "--rename")
    renamed = [names.get(name, name) for name in data.classes]
    classes = list(dict.fromkeys(renamed))
    categories = data.categories and [
        {**data.categories[renamed.index(name)], "name": name} for name in classes
    ]
    return _with_classes(data, classes, [classes.index(name) for name in renamed], categories)


def of_classes(data: DataSet, keep: Sequence[str], ignore: bool) -> DataSet:
    """Keep some classes, in the order of the data set, whose ids stay.

    Args:
        data: The data set.
        keep: Their names.
        ignore: Boxes of the others become boxes to ignore, see :func:`take_out`.

    Raises:
        InputError: A name is no class, or none is kept.
    """
    check_classes(data, keep, "--keep")
    classes = [name for name in data.classes if name in set(keep)]
    if not classes:
        raise InputError("no class is left; keep one")
    kept = np.isin(data.classes, classes)
    labels = [classes.index(name) if name in classes else 0 for name in data.classes]
    data = take_out(data, lambda picture: ~kept[picture.boxes.class_ids], ignore, kept)
    categories = data.categories and [item for item in data.categories if item["name"] in classes]
    return _with_classes(data, classes, labels, categories)


def of_sizes(data: DataSet, low: float, high: float, ignore: bool) -> DataSet:
    """Keep objects with low <= sqrt(width * height) < high, in pixels; crowds stay.

    Args:
        data: The data set.
        low: Pixels.
        high: Pixels.
        ignore: The other objects become boxes to ignore.
    """

    def outside(picture: Picture) -> np.ndarray:
        size = np.sqrt(picture.boxes.xywh[:, 2:].prod(1))
        return (picture.kinds == Kind.OBJECT.value) & ~((low <= size) & (size < high))

    return take_out(data, outside, ignore, np.ones(len(data.classes), bool))


def take_out(
    data: DataSet, which: Callable[[Picture], np.ndarray], ignore: bool, kept: np.ndarray
) -> DataSet:
    """Take boxes out, or make them boxes to ignore.

    Such a box becomes a crowd (``iscrowd``) of each class that is kept: a crowd is what training
    and evaluation read, mmdet leaves ``ignore`` out, and an evaluation compares class by class.

    Args:
        data: The data set.
        which: Returns the ``(N,)`` mask of the boxes of a picture to take out.
        ignore: Make them crowds.
        kept: ``(C,)`` mask of the classes that are kept.
    """
    return dataclasses.replace(
        data,
        pictures=[_without(picture, which(picture), ignore, kept) for picture in data.pictures],
    )


def _without(picture: Picture, mask: np.ndarray, ignore: bool, kept: np.ndarray) -> Picture:
    if not mask.any():
        return picture
    rest = select(picture, ~mask)
    if not ignore:
        return rest
    classes = np.flatnonzero(kept)
    lost = np.repeat(np.flatnonzero(mask), len(classes))
    coordinates = np.concatenate([rest.boxes.coordinates, picture.boxes.coordinates[lost]])
    labels = np.concatenate([rest.boxes.class_ids, np.tile(classes, int(mask.sum()))])
    kinds = np.concatenate([rest.kinds, np.full(len(lost), Kind.CROWD.value, np.int8)])
    extras = rest.extras and [*rest.extras, *({} for _ in lost)]
    areas = None if rest.areas is None else np.concatenate([rest.areas, picture.areas[lost]])
    return dataclasses.replace(
        rest,
        boxes=Boxes(coordinates, labels, format=picture.boxes.format),
        kinds=kinds,
        areas=areas,
        ids=None,  # one box may have become several
        extras=extras or None,
    )


def _with_classes(
    data: DataSet, classes: list[str], labels: Sequence[int], categories: list[dict] | None
) -> DataSet:
    """Return the data set with other classes; ``labels`` maps the old labels to the new ones."""
    table = np.array(labels, np.int64)
    pictures = [
        dataclasses.replace(
            picture,
            boxes=Boxes(
                picture.boxes.coordinates,
                table[picture.boxes.class_ids],
                format=picture.boxes.format,
            ),
        )
        for picture in data.pictures
    ]
    return DataSet(classes, pictures, categories, data.head)


def clip(data: DataSet) -> tuple[DataSet, int]:
    """Cut boxes at the border of their picture; those beside it are taken out, and counted."""
    pictures, lost = [], 0
    for picture in data.pictures:
        limit = np.array([picture.width, picture.height] * 2)
        corners = picture.boxes.xyxy.clip(0, limit)
        same = (corners == picture.boxes.xyxy).all(1)
        inside = same | (corners[:, 2:] > corners[:, :2]).all(1)
        lost += int((~inside).sum())
        whole = picture.boxes.xywh  # boxes that are not cut keep their last digit
        cut = np.where(same[:, None], whole, Boxes(corners, picture.boxes.class_ids).xywh)
        boxes = Boxes(cut, picture.boxes.class_ids, format="xywh")
        areas = None if picture.areas is None else np.where(same, picture.areas, np.nan)
        pictures.append(select(dataclasses.replace(picture, boxes=boxes, areas=areas), inside))
    return dataclasses.replace(data, pictures=pictures), lost


def merge(parts: Sequence[DataSet], names: Sequence[str]) -> DataSet:
    """Join data sets; classes are told apart by their names, and everything is numbered anew.

    Raises:
        InputError: Two pictures have the same name.
    """
    if len(parts) == 1:
        return parts[0]
    owners: dict[str, str] = {}
    for part, name in zip(parts, names, strict=True):
        for picture in part.pictures:
            if other := owners.get(picture.file_name):
                raise InputError(
                    f"{other} and {name} both have a picture {picture.file_name}; put the pictures "
                    "into folders of their own, and their names into the files"
                )
            owners[picture.file_name] = name
    classes = list(dict.fromkeys(chain(*(part.classes for part in parts))))
    moved = (
        _with_classes(part, classes, [classes.index(name) for name in part.classes], None)
        for part in parts
    )
    pictures = [
        dataclasses.replace(picture, id=None, ids=None)
        for part in moved
        for picture in part.pictures
    ]
    return DataSet(classes, pictures)
