"""What AP each kind of error costs."""

from __future__ import annotations

import numpy as np

from tinydet.analysis.lost_ap import ERRORS
from tinydet.data_tools import charts
from tinydet.data_tools.error_page.counts import NAMES
from tinydet.data_tools.error_page.side import Side, mean
from tinydet.data_tools.page import Section, grid, table
from tinydet.datasets.statistics import RANGES


def lost(sides: list[Side]) -> Section:
    """Return a chart and tables of each file."""
    bars = [
        charts.bars(side.name, {NAMES[kind]: round(100 * total, 1) for kind, total in totals(side)})
        for side in sides
    ]
    return Section(
        "AP lost to each kind",
        [grid(*bars), *(part for side in sides for part in (_ranges(side), _classes(side)))],
        "How many points of AP at an IoU of 0.5 are gained by mending this kind of error alone, "
        "over all scores (TIDE). The kinds do not add up to what is missing from 100.",
    )


def totals(side: Side) -> list[tuple[int, float]]:
    """Return kinds with the AP lost to them over all sizes and classes, the worst first."""
    values = [(kind, mean(side.lost[kind][0])) for kind in ERRORS]
    return sorted(values, key=lambda pair: -pair[1])


def _cell(value: float) -> object:
    return "" if np.isnan(value) else round(100 * value, 1)


def _ranges(side: Side) -> str:
    base = np.array([mean(row) for row in side.precision.mean(0)])
    rows = [["AP at 0.5", *map(_cell, base)]]
    rows += [
        [NAMES[kind], *(_cell(mean(row)) for row in side.lost[kind])] for kind, _ in totals(side)
    ]
    return table([side.name, "all sizes", *RANGES], rows)


def _classes(side: Side) -> str:
    base = side.precision[:, 0].mean(0)
    rows = [
        [name, _cell(base[k]), *(_cell(side.lost[kind][0, k]) for kind in ERRORS)]
        for k, name in enumerate(side.classes)
    ]
    return table([side.name, "AP at 0.5", *(NAMES[kind] for kind in ERRORS)], rows)
