"""Precision and recall by size, confusion of classes, and whether scores mean what they say."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from tinydet.analysis.calibration import BINS
from tinydet.analysis.confusion import confusion
from tinydet.data_tools import charts
from tinydet.data_tools.error_page.side import Side
from tinydet.data_tools.page import Section, Share, grid, table, text
from tinydet.datasets.statistics import RANGES

RECALLS = np.linspace(0, 1, 101)


def precision_and_recall(sides: list[Side]) -> Section:
    """Return a curve of each size range, the mean over the classes."""
    return Section(
        "Precision and recall",
        [grid(*(charts.curves(side.name, _lines(side), "recall", top=1.0) for side in sides))],
        "At an IoU of 0.5, the mean over the classes that have objects of the size.",
    )


def _lines(side: Side) -> dict[str, charts.Curve]:
    lines = {}
    for name, values in zip(["all", *RANGES], side.precision.transpose(1, 0, 2), strict=True):
        valid = values[:, ~np.isnan(values).all(0)]
        if valid.size:
            lines[name] = (RECALLS, valid.mean(1))
    return lines


def confused(sides: list[Side]) -> Section:
    """Return a matrix of each file."""
    return Section(
        "Confusion of classes",
        [_matrix(side) for side in sides],
        "A row is what an object is, a column what it is taken for. Detections at no object, or "
        "badly placed, or double, are in the last row.",
    )


def _matrix(side: Side) -> Markup:
    matrix = confusion(side.used, len(side.classes))
    sums = np.maximum(matrix.sum(1, keepdims=True), 1)
    cell = Markup('<span class="shade" style="--share:{:.0f}%">{:,}</span>')
    rows = [
        [name, *(cell.format(100 * part, number) for part, number in zip(*pair, strict=True))]
        for name, *pair in zip([*side.classes, "no object"], matrix / sums, matrix, strict=True)
    ]
    rows[-1][-1] = ""
    return table([side.name, *side.classes, "not found"], rows)


def calibrated(sides: list[Side]) -> Section:
    """Return a reliability diagram of all files, and the numbers behind it."""
    lines = {side.name: _reliability(side) for side in sides}
    lines["as it should be"] = ([0, 1], [0, 1])
    words = "; ".join(f"{side.name}: {side.calibration.error:.3f}" for side in sides)
    return Section(
        "Calibration",
        [
            text(f"Expected calibration error of all detections: {words}."),
            grid(
                charts.curves("Share of right detections", lines, "score", top=1.0),
                *map(_bins, sides),
            ),
        ],
        "A detector is calibrated where 70 % of the detections with a score of 0.7 are right.",
    )


def _reliability(side: Side) -> charts.Curve:
    found = side.calibration
    some = found.counts > 0
    return found.scores[some], found.right[some]


def _bins(side: Side) -> Markup:
    found = side.calibration
    rows = [
        [f"{place / BINS:g} to {(place + 1) / BINS:g}", int(count), Share(right)]
        for place, (count, right) in enumerate(zip(found.counts, found.right, strict=True))
        if count
    ]
    return table(["score", "detections", "right"], rows, side.name)
