"""Boxes that a rule finds suspicious; what check.py counts and the report shows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tinydet.data_tools.crowding import twice
from tinydet.data_tools.data import Data

NARROW = 2  # px
RARE = 20  # objects, below which a class has no usual size
TIMES = 3  # a size that is unusual differs from the median by this factor at least, …
DEVIATIONS = 4  # … and by these standard deviations of the logarithms
AREA = 0.01  # by which an area may differ from w * h, as a share


def suspects(data: Data) -> dict[str, list[dict]]:
    """Return ``{what is said of boxes: their annotations as they were read}``."""
    raw = {row["id"]: row for row in data.coco["annotations"]}
    rows, objects = data.used["annotations"], data.objects
    places = {
        "labeled twice": twice(objects)[:, 1],
        f"less than {NARROW} px wide or high": np.flatnonzero(objects.sides.min(1) < NARROW),
        **dict(_unusual(data)),
    }
    found = {
        words: [raw[rows[place]["id"]] for place in np.unique(chosen)]
        for words, chosen in places.items()
    }
    found["with an area that is not that of the box"] = list(_misfits(rows, raw))
    return {words: chosen for words, chosen in found.items() if chosen}


def _unusual(data: Data) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the objects whose size is unusual for their class: robust z-scores of log sizes."""
    logs = np.log(data.objects.sizes)
    for label, name in enumerate(data.objects.classes):
        mine = np.flatnonzero(data.objects.class_ids == label)
        if len(mine) < RARE:
            continue
        away = np.abs(logs[mine] - np.median(logs[mine]))
        limit = max(np.log(TIMES), DEVIATIONS * 1.4826 * np.median(away))
        yield f"of an unusual size for {name}", mine[away > limit]


def _misfits(rows: list[dict], raw: dict[int, dict]) -> Iterator[dict]:
    """Yield the annotations whose area does not fit the box; a missing one is told elsewhere."""
    rows = [raw[row["id"]] for row in rows]
    rows = [row for row in rows if type(row.get("area")) in (int, float)]
    sides = np.array([row["bbox"][2:] for row in rows], float).reshape(-1, 2)
    areas = np.array([row["area"] for row in rows], float)
    masked = np.array([bool(row.get("segmentation")) for row in rows], bool)
    fits = area_fits(areas, sides.prod(1), masked)
    yield from (row for row, fine in zip(rows, fits, strict=True) if not fine)


def area_fits(areas: np.ndarray, whole: np.ndarray, masked: np.ndarray) -> np.ndarray:
    """Tell which areas are those of their boxes, or of a mask inside.

    Args:
        areas: ``(N,)`` square px.
        whole: ``(N,)`` width times height.
        masked: ``(N,)`` bool, objects with a mask, whose area may be smaller.
    """
    least = np.where(masked, 0, whole * (1 - AREA))
    return (areas > 0) & (areas >= least) & (areas <= whole * (1 + AREA))
