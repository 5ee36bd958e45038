"""How many objects are found and how many detections are wrong, by size range and class."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tinydet.analysis.error_kinds import (
    BACKGROUND,
    BADLY_PLACED,
    BOTH,
    CONFUSED,
    DOUBLE,
    FOUND,
    KINDS,
    MISSED,
)
from tinydet.data_tools.error_page.side import Side, range_of_area
from tinydet.data_tools.page import Section, Share, table
from tinydet.datasets.statistics import RANGES

WRONG = (BADLY_PLACED, CONFUSED, BOTH, DOUBLE, BACKGROUND)
NAMES = {MISSED: "missed", **dict(enumerate(KINDS))}
HEAD = ["class", "size", "objects", "found", "recall", "missed", *(NAMES[kind] for kind in WRONG)]


def counts(sides: list[Side]) -> Section:
    """Return a table of each file."""
    return Section(
        "Found and missed",
        [table(HEAD, rows(side), _caption(side), search=True) for side in sides],
        "Found: a detection of the class with an IoU of 0.5. Badly placed: from 0.1 on, or under "
        "8 px an NWD of 0.6 (with C = 12.8 px), because a shift of 3 px leaves a box of 4 px an "
        "IoU of 0.14. Confused: another class. Both: badly placed at another class. Double: at an "
        "object that a better detection found. Background: at nothing. Missed: no detection "
        "found the object, is badly placed or is confused at it. The columns after missed count "
        "detections, under their class and the size of the object that they are at or, for "
        "background, their own.",
    )


def _caption(side: Side) -> str:
    scores = ", ".join(
        f"{name} {score:.2f}" for name, score in zip(side.classes, side.thresholds, strict=True)
    )
    return f"{side.name}, detections from the scores {scores}"


def rows(side: Side) -> Iterator[list[object]]:
    """Yield the cells below :data:`HEAD` of each class, of all, and of their size ranges."""
    used = side.used
    sizes = range_of_area(used.areas)
    own = range_of_area(used.detections.xywh[:, 2:].prod(1))
    at = own if not len(sizes) else np.where(used.targets >= 0, sizes[used.targets], own)
    for label, name in [(None, "all"), *enumerate(side.classes)]:
        truths, found = (
            np.full(len(part), True) if label is None else part.class_ids == label
            for part in (used.objects, used.detections)
        )
        for place, size in [(None, "all"), *enumerate(RANGES)]:
            objects = truths & (True if place is None else sizes == place)
            wrong = found & (True if place is None else at == place)
            if objects.any() or (wrong & np.isin(used.kinds, WRONG)).any():
                yield [name, size, *_cells(used.states[objects], used.kinds[wrong])]


def _cells(states: np.ndarray, kinds: np.ndarray) -> list[object]:
    hits, number = int((states == FOUND).sum()), len(states)
    recall = Share(hits / number) if number else ""
    wrong = [int((kinds == kind).sum()) for kind in WRONG]
    return [number, hits, recall, int((states == MISSED).sum()), *wrong]
