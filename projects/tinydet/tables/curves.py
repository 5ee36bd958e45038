"""AP by epoch of the trainings of a table, kept beside their results."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

from tinydet.tables.cells import read_cells, write_cells

Curve = tuple[Sequence[float], Sequence[float]]  # epochs, AP in per cent


class Point(NamedTuple):
    """One validation of a training.

    Attributes:
        table: Name of the table.
        row: Name of the row.
        seed: Of the training.
        epoch: Number of epochs trained.
        ap: AP, per cent.
    """

    table: str
    row: str
    seed: int
    epoch: int
    ap: float


def logged_points(folder: Path, table: str, row: str, seed: int) -> list[Point]:
    """Return the validations that mmengine logged in a work folder, resumed runs joined."""
    found = {}
    for path in sorted(folder.glob("*/vis_data/scalars.json")):
        for line in path.read_text(encoding="utf-8").splitlines():
            logged = json.loads(line)
            ap = next((value for key, value in logged.items() if key.endswith("/AP")), None)
            if ap is not None and "step" in logged:
                found[logged["step"]] = round(100 * ap, 3)
    return [Point(table, row, seed, epoch, ap) for epoch, ap in sorted(found.items())]


def read_points(path: Path) -> list[Point]:
    """Read a file of :func:`write_points`; a missing file has none."""
    if not path.is_file():
        return []
    _, rows = read_cells(path)
    return [
        Point(c["table"], c["row"], int(c["seed"]), int(c["epoch"]), float(c["ap"]))
        for _, c in rows
    ]


def write_points(path: Path, points: Sequence[Point]) -> None:
    """Write the points of some trainings in place of their older ones; others keep theirs."""
    new = {point[:3] for point in points}  # table, row, seed
    others = [point for point in read_points(path) if point[:3] not in new]
    write_cells(path, Point._fields, sorted([*others, *points]))


def mean_curves(points: Iterable[Point], table: str) -> Mapping[str, Curve]:
    """Return ``{row: (epochs, mean AP)}`` of a table, over the seeds that reached an epoch."""
    found: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for point in points:
        if point.table == table:
            found[point.row][point.epoch].append(point.ap)
    return {
        row: (sorted(epochs), [fmean(epochs[epoch]) for epoch in sorted(epochs)])
        for row, epochs in found.items()
    }
