"""Annotated pictures: what each format is read into and written from.

2.6 million boxes take 1.3 GB as dictionaries of COCO and 130 MB as the columns here.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntFlag

import numpy as np

from tinydet.boxes import Boxes
from tinydet.data_tools.faults import Faults

# An evaluation counts them as objects, so that they may not get lost here.
FLAT = "boxes without area kept, which training leaves out"


class Kind(IntFlag):
    """What a box is, beside an object to be found."""

    OBJECT = 0
    IGNORED = 1  # COCO's "ignore", DOTA's and VOC's "difficult", VisDrone's score 0
    CROWD = 2  # COCO's "iscrowd"


@dataclass(eq=False)
class Picture:
    """One picture with ``N`` boxes.

    Args:
        file_name: Path below the folder of pictures, with forward slashes.
        width: Pixels, as the picture is seen after its EXIF rotation.
        height: The same.
        boxes: Boxes whose class ids are indices into :attr:`DataSet.classes`.
        kinds: ``(N,)`` int8 bits of :class:`Kind`.
        regions: ``(K, 4)`` ignored regions without a class, as left, top, width, height in pixels;
            None in formats that have none.
        areas: ``(N,)`` square pixels, where they are not width times height of the boxes.
        ids: ``(N,)`` ids of the boxes in a COCO file.
        extras: ``N`` dictionaries of further COCO fields, such as ``segmentation``.
        id: The id of the picture in a COCO file.
        more: Further COCO fields of the picture.
    """

    file_name: str
    width: int
    height: int
    boxes: Boxes
    kinds: np.ndarray
    regions: np.ndarray | None = None
    areas: np.ndarray | None = None
    ids: np.ndarray | None = None
    extras: list[dict] | None = None
    id: int | None = None
    more: dict = field(default_factory=dict)


@dataclass(eq=False)
class DataSet:
    """The pictures of one split, and the names that their boxes' class ids count.

    Args:
        classes: Names in the order of the labels.
        pictures: The pictures.
        categories: The categories of a COCO file, with all their fields; None counts from 1.
        head: Further sections of a COCO file, such as ``info``.
    """

    classes: list[str]
    pictures: list[Picture]
    categories: list[dict] | None = None
    head: dict = field(default_factory=dict)

    def number_of_boxes(self) -> int:
        return sum(len(picture.boxes) for picture in self.pictures)


class Objects:
    """Collects the boxes of one picture while a file is read.

    Args:
        faults: Counts boxes that are none.
        format: Of the boxes that are added: ``xyxy`` or ``xywh``.
    """

    def __init__(self, faults: Faults, format: str = "xyxy") -> None:
        self.faults, self.format = faults, format
        # Arrays, because a CSV file keeps those of all pictures open: 49 bytes per box.
        self.boxes, self.labels, self.kinds, self.areas = map(array, "dqbd")
        self.regions: list[Sequence[float]] = []

    def add(
        self,
        box: Sequence[float],
        label: int | None,
        where: str,
        kind: Kind = Kind.OBJECT,
        area: float | None = None,
    ) -> None:
        """Add a box, or an ignored region where ``label`` is None; count one that is none."""
        sides = self._sides(box)
        if not all(map(math.isfinite, box)) or min(sides) < 0:
            numbers = " ".join(f"{number:g}" for number in box)
            sentence = (
                f"{where} has the box {numbers} ({self.format}), of {sides[0]:g} x {sides[1]:g} px"
            )
            self.faults.add("boxes left out", sentence)
            return
        if min(sides) == 0:
            self.faults.add(FLAT, f"{where} has a box of {sides[0]:g} x {sides[1]:g} px")
        if label is None:
            self.regions.append([*map(float, box[:2]), *sides])
            return
        self.boxes.extend(map(float, box))
        self.labels.append(label)
        self.kinds.append(kind)
        self.areas.append(math.nan if area is None else area)

    def _sides(self, box: Sequence[float]) -> tuple[float, float]:
        """Return width and height."""
        x1, y1, x2, y2 = map(float, box)
        return (x2 - x1, y2 - y1) if self.format == "xyxy" else (x2, y2)

    def picture(
        self, file_name: str, width: int, height: int, regions: bool = False, **fields
    ) -> Picture:
        """Return the picture; its regions are None unless there are some or ``regions`` is set."""
        boxes = Boxes(
            np.array(self.boxes, np.float64).reshape(-1, 4),
            np.array(self.labels, np.int64),
            format=self.format,
        )
        has_regions = regions or bool(self.regions)
        areas = np.array(self.areas, np.float64)
        return Picture(
            file_name,
            width,
            height,
            boxes,
            np.array(self.kinds, np.int8),
            np.array(self.regions, np.float64).reshape(-1, 4) if has_regions else None,
            None if np.isnan(areas).all() else areas,
            **fields,
        )


class Labels:
    """Numbers class names as they come, or refuses those that are not in a given list.

    Args:
        classes: The names in order; None takes every name.
        faults: Counts boxes of other classes.
    """

    def __init__(self, classes: Sequence[str] | None, faults: Faults) -> None:
        self.faults, self.open = faults, classes is None
        self.numbers = {name: number for number, name in enumerate(classes or ())}

    def of(self, name: str, where: str) -> int | None:
        """Return the label of a name; None, and a counted fault, where it is no class."""
        if name in self.numbers:
            return self.numbers[name]
        if not self.open or not name:
            what = f"class {name!r}, none of --classes" if name else "no class"
            self.faults.add("boxes of no known class left out", f"{where} has {what}")
            return None
        return self.numbers.setdefault(name, len(self.numbers))

    def data_sets(
        self, splits: dict[str, list[Picture]], order: Sequence[str] | None = None
    ) -> dict[str, DataSet]:
        """Return data sets with labels in the order of the list, of ``order``, or of the alphabet.

        The order of appearance would differ between the splits of one data set.
        """
        found = list(self.numbers)
        classes = (list(order) if order else sorted(found)) if self.open else found
        rank = np.array([classes.index(name) for name in found], np.int64)
        for picture in (picture for pictures in splits.values() for picture in pictures):
            picture.boxes.class_ids[:] = rank[picture.boxes.class_ids]
        return {split: DataSet(classes, pictures) for split, pictures in splits.items()}
