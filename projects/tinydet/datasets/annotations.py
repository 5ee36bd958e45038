"""Read COCO annotation files, and say in sentences what is wrong with them.

Two steps, because an evaluator must take ground truth as it stands while training must not:
:func:`read_coco` checks the structure, :func:`clean_boxes` drops and clips boxes.
"""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tinydet.errors import InputError

SECTIONS = ("images", "annotations", "categories")
NUMBERS = {int, float}  # what JSON has; True is an int to isinstance, but no coordinate
ROUNDING = 0.01  # pixels by which x + w may leave the image: two decimals in the file


def some(values: Iterable, count: int = 5) -> str:
    """Return the first few values as text, with an ellipsis where there are more."""
    values = [str(value) for value in values]
    return ", ".join(values[:count]) + (", …" if len(values) > count else "")


def read_json(path: str | Path, hint: str = "") -> object:
    """Read a JSON file.

    Args:
        path: The file.
        hint: What to do when it is missing.

    Raises:
        InputError: Missing, or not JSON (with line and column).
    """
    path = Path(path)
    if not path.is_file():
        where = f" (looked for {path.resolve()})"
        raise InputError(
            f"annotation file {path} does not exist{where}{'; ' if hint else ''}{hint}"
        )
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))  # some editors write a BOM
    except json.JSONDecodeError as error:
        raise InputError(
            f"{path} is not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        ) from None
    except UnicodeDecodeError:
        raise InputError(f"{path} is not JSON: it is no text in UTF-8") from None


def read_coco(path: str | Path, hint: str = "") -> dict:
    """Read a COCO annotation file and check that its parts refer to each other.

    Raises:
        InputError: See :func:`read_json` and :func:`check_structure`.
    """
    coco = read_json(path, hint)
    check_structure(coco, path)
    return coco


def check_structure(coco: object, name: str | Path) -> None:
    """Check sections, ids and references; boxes are :func:`clean_boxes`'s business.

    Raises:
        InputError: No dictionary; a section is missing; an id is missing, no integer, or stands
            twice; an annotation refers to no image or to no category.
    """
    if not isinstance(coco, dict):
        raise InputError(f"{name} holds a {type(coco).__name__}; a COCO file is an object")
    absent = [key for key in SECTIONS if not isinstance(coco.get(key), list)]
    if absent:
        raise InputError(
            f"{name} has no list {some(map(repr, absent))}; a COCO file needs {some(SECTIONS)}"
        )
    ids = {section: _unique_ids(coco[section], section, name) for section in SECTIONS}
    for key, section in (("image_id", "images"), ("category_id", "categories")):
        known = ids[section]
        lost = [
            ann["id"]
            for ann in coco["annotations"]
            # A list or a dictionary cannot be looked up.
            if isinstance(ann.get(key), list | dict) or ann.get(key) not in known
        ]
        if lost:
            raise InputError(
                f"{name}: {len(lost)} annotations refer to no {key.removesuffix('_id')} of the "
                f"file (annotation ids {some(lost)}); remove them or add what they refer to"
            )


def _unique_ids(items: list, section: str, name: str | Path) -> set[int]:
    """Return the ids of a section."""
    lacking = [
        number
        for number, item in enumerate(items)
        if not isinstance(item, dict) or not isinstance(item.get("id"), int)
    ]
    if lacking:
        raise InputError(
            f"{name}: {len(lacking)} entries of {section} have no integer 'id' "
            f"(counted from 0: {some(lacking)}); number them"
        )
    ids = {item["id"] for item in items}
    if len(ids) < len(items):
        counts = Counter(item["id"] for item in items)
        twice = [key for key, count in counts.items() if count > 1]
        raise InputError(
            f"{name}: {len(twice)} ids of {section} stand more than once ({some(twice)}); "
            "number them anew"
        )
    return ids


@dataclass
class BoxReport:
    """Annotation ids of the boxes that cannot be used as they are."""

    malformed: list = field(default_factory=list)  # not four finite numbers
    negative: list = field(default_factory=list)  # width or height below zero
    zero_area: list = field(default_factory=list)
    outside: list = field(default_factory=list)  # no part inside the image
    clipped: list = field(default_factory=list)  # a part outside the image

    WORDS = dict(
        malformed="without four finite numbers dropped",
        negative="of negative size dropped",
        zero_area="of zero area dropped",
        outside="outside their image dropped",
        clipped="clipped to their image",
    )

    @property
    def dropped(self) -> set:
        """Ids of the annotations that training leaves out."""
        return {*self.malformed, *self.negative, *self.zero_area, *self.outside}

    def summary(self) -> str:
        """Return a sentence that counts and names, or an empty string."""
        parts = [
            f"{len(ids)} boxes {words} (annotation ids {some(ids)})"
            for name, words in self.WORDS.items()
            if (ids := getattr(self, name))
        ]
        return "; ".join(parts)


def _as_box(box: object) -> tuple[float, ...]:
    """Return four floats; NaNs where the value is not a box."""
    # Not float() alone, which also takes "12" and True.
    if isinstance(box, list | tuple) and len(box) == 4 and NUMBERS.issuperset(map(type, box)):
        with contextlib.suppress(OverflowError):  # an integer of hundreds of digits
            return tuple(map(float, box))
    return (np.nan,) * 4


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
            f"({some(lacking)}); add them, boxes cannot be checked without"
        )
    return sizes


def clean_boxes(coco: dict, name: str | Path = "annotations") -> tuple[dict, BoxReport]:
    """Drop and clip boxes; the caller's dictionary stays as it is.

    Args:
        coco: A dictionary that passed :func:`check_structure`.
        name: What errors call it.

    Returns:
        A dictionary whose boxes are finite, inside their image (up to :data:`ROUNDING`) and of
        positive area, and the report. Crowd annotations are treated alike. A clipped box gets the
        area ``w * h``.

    Raises:
        InputError: An image has no width or height that is a positive number.
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
    # "<=" and not "w == 0": a width of 1e-20 is lost in x + w.
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
