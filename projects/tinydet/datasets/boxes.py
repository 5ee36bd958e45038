"""Check the boxes of a COCO file.

Training drops and clips boxes. An evaluation uses the boxes unchanged and refuses a malformed one.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tinydet.datasets.annotations import some
from tinydet.errors import InputError

NUMBERS = {int, float}  # what JSON has; True is an int to isinstance, but no coordinate
ROUNDING = 0.01  # pixels by which x + w may leave the image: two decimals in the file


@dataclass
class BoxReport:
    """Annotation ids of the boxes that training drops or clips."""

    malformed: list = field(default_factory=list)  # not four finite numbers
    negative: list = field(default_factory=list)  # width or height below zero
    zero_area: list = field(default_factory=list)
    outside: list = field(default_factory=list)  # no part inside the image
    clipped: list = field(default_factory=list)  # a part outside the image

    TRAINED = dict(
        malformed="without four finite numbers dropped",
        negative="of negative size dropped",
        zero_area="of zero area dropped",
        outside="outside their image dropped",
        clipped="clipped to their image",
    )
    EVALUATED = dict(
        negative="of negative size evaluated as they are: no detection can match them",
        zero_area="of zero area evaluated as they are: no detection can match them",
        outside="outside their image evaluated as they are",
        clipped="that extend beyond their image evaluated as they are",
    )

    @property
    def dropped(self) -> set:
        """Ids of the annotations that training drops."""
        return {*self.malformed, *self.negative, *self.zero_area, *self.outside}

    def summary(self, evaluated: bool = False) -> str:
        """Return a sentence with the number and the ids of these boxes, or an empty string.

        Args:
            evaluated: Whether to state how an evaluation treats the boxes, in place of training.
        """
        parts = [
            f"{len(ids)} boxes {words} (annotation ids {some(ids)})"
            for name, words in (self.EVALUATED if evaluated else self.TRAINED).items()
            if (ids := getattr(self, name))
        ]
        return "; ".join(parts)


def _as_box(box: object) -> tuple[float, ...]:
    """Return four floats, all NaN if the value is not a box."""
    # float() alone would accept "12" and True.
    if isinstance(box, list | tuple) and len(box) == 4 and NUMBERS.issuperset(map(type, box)):
        with contextlib.suppress(OverflowError):  # an integer of hundreds of digits
            return tuple(map(float, box))
    return (np.nan,) * 4


def _as_number(value: object) -> float:
    """Return a float, NaN if the value is not a number."""
    if type(value) in NUMBERS:
        with contextlib.suppress(OverflowError):
            return float(value)
    return np.nan


def _image_sizes(images: list[dict], name: str | Path) -> dict[int, tuple[float, float]]:
    """Return ``{image id: (width, height)}``."""
    sizes, lacking = {}, []
    for image in images:
        size = image.get("width"), image.get("height")
        if NUMBERS.issuperset(map(type, size)) and all(0 < side < 1e6 for side in size):
            sizes[image["id"]] = size
        else:
            lacking.append(image.get("file_name", f"id {image['id']}"))
    if lacking:
        raise InputError(
            f"{name}: {len(lacking)} images have no positive 'width' and 'height' "
            f"({some(lacking)}); add both, because boxes are checked against the image size"
        )
    return sizes


def clean_boxes(coco: dict, name: str | Path = "annotations") -> tuple[dict, BoxReport]:
    """Drop and clip boxes. The caller's dictionary is not changed.

    Args:
        coco: From :func:`tinydet.datasets.annotations.read_coco`.
        name: Name of the file in errors.

    Returns:
        A dictionary whose boxes, crowds included, are finite, have a positive area and lie inside
        their image (up to :data:`ROUNDING`), and the report. A clipped box has the area ``w * h``.

    Raises:
        InputError: The width or the height of an image is missing or not positive.
    """
    sizes = _image_sizes(coco["images"], name)
    annotations = coco["annotations"]
    boxes = np.array([_as_box(ann.get("bbox")) for ann in annotations]).reshape(-1, 4)
    limits = np.array([sizes[ann["image_id"]] for ann in annotations]).reshape(-1, 2)
    with np.errstate(over="ignore", invalid="ignore"):  # reported as malformed
        start, end = boxes[:, :2], boxes[:, :2] + boxes[:, 2:]
        low, high = np.clip(start, 0, limits), np.clip(end, 0, limits)
        clipped = np.concatenate([low, high - low], 1)

    malformed = ~np.isfinite(np.concatenate([boxes, end], 1)).all(1)
    negative = ~malformed & (boxes[:, 2:] < 0).any(1)
    # "<=" in place of "w == 0", because a width of 1e-20 is lost in x + w.
    zero_area = ~malformed & ~negative & (end <= start).any(1)
    usable = ~(malformed | negative | zero_area)
    outside = usable & ((end <= 0) | (start >= limits)).any(1)
    changed = usable & ~outside & ((start < -ROUNDING) | (end > limits + ROUNDING)).any(1)
    masks = (malformed, negative, zero_area, outside, changed)
    report = BoxReport(*([annotations[i]["id"] for i in np.flatnonzero(mask)] for mask in masks))

    kept = []
    for ann, box, keep, cut in zip(annotations, clipped, usable & ~outside, changed, strict=True):
        if cut:
            kept.append({**ann, "bbox": box.tolist(), "area": float(box[2] * box[3])})
        elif keep:
            kept.append(ann)
    return {**coco, "annotations": kept}, report


def without_ignored(coco: dict) -> dict:
    """Return the dictionary without annotations with ``ignore=1``, which training leaves out."""
    kept = [ann for ann in coco["annotations"] if not ann.get("ignore")]
    return {**coco, "annotations": kept}


def check_evaluable(coco: dict, name: str | Path) -> None:
    """Check the fields that an evaluation needs, before an epoch of training.

    Args:
        coco: From :func:`tinydet.datasets.annotations.read_coco`.
        name: Name of the file in errors.

    Raises:
        InputError: A ``bbox`` is not four finite numbers, or an ``area``, which assigns the
            object to an area range, is not a finite number.
    """
    for key, read, width, what, cure in (
        ("bbox", _as_box, 4, "four finite numbers", "correct or remove them"),
        ("area", _as_number, 1, "a finite number", "write w * h of the box"),
    ):
        values = np.array([read(ann.get(key)) for ann in coco["annotations"]])
        finite = np.isfinite(values).reshape(-1, width).all(1)
        lacking = [coco["annotations"][number]["id"] for number in np.flatnonzero(~finite)]
        if lacking:
            raise InputError(
                f"{name}: '{key}' of {len(lacking)} annotations is not {what} (annotation ids "
                f"{some(lacking)}), which an evaluation needs; {cure}"
            )
