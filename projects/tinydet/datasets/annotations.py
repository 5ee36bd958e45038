"""Read COCO annotation files, and say in sentences what is wrong with them.

Two steps, because an evaluator must take ground truth as it stands while training must not:
:func:`read_coco` checks the structure, :func:`clean_boxes` drops and clips boxes.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tinydet.errors import InputError

SECTIONS = ("images", "annotations", "categories")


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
        return json.loads(path.read_text(encoding="utf-8"))
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
    """Check sections, ids and references; boxes are :func:`check_boxes`'s business.

    Raises:
        InputError: No dictionary; a section is missing; an id stands twice; an annotation refers
            to no image or to no category.
    """
    if not isinstance(coco, dict):
        raise InputError(f"{name} holds a {type(coco).__name__}; a COCO file is an object")
    absent = [key for key in SECTIONS if not isinstance(coco.get(key), list)]
    if absent:
        raise InputError(
            f"{name} has no list {some(map(repr, absent))}; COCO files need {SECTIONS}"
        )
    ids = {}
    for section in ("images", "categories"):
        lacking = [index for index, item in enumerate(coco[section]) if "id" not in item]
        if lacking:
            raise InputError(f"{name}: {section} number {some(lacking)} have no 'id'")
        counts = Counter(item["id"] for item in coco[section])
        twice = [key for key, count in counts.items() if count > 1]
        if twice:
            raise InputError(f"{name}: ids of {section} stand more than once: {some(twice)}")
        ids[section] = counts
    for key, section in (("image_id", "images"), ("category_id", "categories")):
        lost = [ann.get("id") for ann in coco["annotations"] if ann.get(key) not in ids[section]]
        if lost:
            raise InputError(
                f"{name}: {len(lost)} annotations refer to no {key.removesuffix('_id')} of the "
                f"file (annotation ids {some(lost)}); remove them or add what they refer to"
            )


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
    try:
        numbers = tuple(float(number) for number in box)
    except (TypeError, ValueError):
        numbers = ()
    return numbers if len(numbers) == 4 else (np.nan,) * 4


def clean_boxes(coco: dict, name: str | Path = "annotations") -> tuple[dict, BoxReport]:
    """Drop and clip boxes; the caller's dictionary stays as it is.

    Args:
        coco: A dictionary that passed :func:`check_structure`.
        name: What errors call it.

    Returns:
        A dictionary whose boxes are finite, inside their image and of positive area, and the
        report. Crowd annotations are treated alike. A clipped box gets the area ``w * h``.

    Raises:
        InputError: An image has no width or height.
    """
    sizes = {}
    for image in coco["images"]:
        try:
            sizes[image["id"]] = float(image["width"]), float(image["height"])
        except (KeyError, TypeError, ValueError):
            title = image.get("file_name", image["id"])
            raise InputError(f"{name}: image {title!r} has no 'width' and 'height'") from None
    annotations = coco["annotations"]
    boxes = np.array([_as_box(ann.get("bbox")) for ann in annotations]).reshape(-1, 4)
    limits = np.array([sizes[ann["image_id"]] for ann in annotations]).reshape(-1, 2)
    low = np.clip(boxes[:, :2], 0, limits)
    high = np.clip(boxes[:, :2] + boxes[:, 2:], 0, limits)
    clipped = np.concatenate([low, high - low], 1)

    ids = np.array([ann.get("id", index) for index, ann in enumerate(annotations)], dtype=object)
    malformed = ~np.isfinite(boxes).all(1)
    negative = ~malformed & (boxes[:, 2:] < 0).any(1)
    zero_area = ~malformed & ~negative & (boxes[:, 2:] == 0).any(1)
    usable = ~(malformed | negative | zero_area)
    outside = usable & (clipped[:, 2:] <= 0).any(1)
    # A hundredth of a pixel is rounding in the file, not a box that leaves its image.
    changed = usable & ~outside & (np.abs(clipped - boxes) > 0.01).any(1)
    report = BoxReport(
        *(list(ids[mask]) for mask in (malformed, negative, zero_area, outside, changed))
    )

    kept = []
    for ann, box, keep, cut in zip(annotations, clipped, usable & ~outside, changed, strict=True):
        if cut:
            kept.append({**ann, "bbox": box.tolist(), "area": float(box[2] * box[3])})
        elif keep:
            kept.append(ann)
    return {**coco, "annotations": kept}, report
