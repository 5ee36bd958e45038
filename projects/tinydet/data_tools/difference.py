"""What a conversion changed: boxes lost, and the largest change of a coordinate."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tinydet.data_tools.pictures import DataSet, Picture


class Difference(NamedTuple):
    """Counts of what is on one side only, and pixels.

    Attributes:
        pictures: Pictures of one side only, by name and size.
        boxes: Boxes of one side only, by picture, class and kind; ignored regions among them.
        change: The largest difference of left, top, width or height of the others, pixels.
    """

    pictures: int
    boxes: int
    change: float


def difference(before: DataSet, after: DataSet) -> Difference:
    """Compare two data sets; boxes of one picture, class and kind keep their order."""
    first, second = ({_key(item): item for item in data.pictures} for data in (before, after))
    alone = first.keys() ^ second.keys()
    boxes = sum(_count(side[key]) for side in (first, second) for key in side.keys() & alone)
    change = 0.0
    for key in first.keys() & second.keys():
        mine, yours = _groups(first[key], before.classes), _groups(second[key], after.classes)
        for group in mine.keys() | yours.keys():
            one, two = mine.get(group, np.zeros((0, 4))), yours.get(group, np.zeros((0, 4)))
            if len(one) != len(two):
                boxes += abs(len(one) - len(two))
            elif len(one):
                change = max(change, float(np.abs(one - two).max()))
    return Difference(len(alone), boxes, change)


def _key(picture: Picture) -> tuple[str, int, int]:
    return picture.file_name, picture.width, picture.height


def _count(picture: Picture) -> int:
    return len(picture.boxes) + (0 if picture.regions is None else len(picture.regions))


def _groups(picture: Picture, classes: list[str]) -> dict[tuple[str | None, int], np.ndarray]:
    """Return ``(n, 4)`` boxes by class name and kind; regions have no name."""
    boxes, labels, kinds = picture.boxes.xywh, picture.boxes.class_ids, picture.kinds
    groups: dict[tuple[str | None, int], np.ndarray] = {
        (classes[label], kind): boxes[(labels == label) & (kinds == kind)]
        for label, kind in set(zip(labels.tolist(), kinds.tolist(), strict=True))
    }
    if picture.regions is not None and len(picture.regions):
        groups[None, 0] = picture.regions
    return groups
