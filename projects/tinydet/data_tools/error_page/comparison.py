"""Two predictions side by side, with the interval of their difference."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from terminaltables import AsciiTable

from tinydet.analysis.paired import Difference
from tinydet.data_tools import charts
from tinydet.data_tools.page import Section, grid, table, text

HEAD = ("difference", "95 % interval", "verdict")


def comparison(found: Sequence[Difference], names: Sequence[str], seeds: int = 1) -> Section:
    """Return a chart of the intervals and a table.

    Args:
        found: From :func:`tinydet.analysis.paired.compare`.
        names: Of both sides.
        seeds: Predictions a side.
    """
    shown = {
        one.name: (100 * one.gain, 100 * one.low, 100 * one.high)
        for one in found
        if not np.isnan(one.low)
    }
    chart = charts.intervals(f"{names[1]} minus {names[0]}", shown, "points")
    rows = [[one.name, *_points(one), _interval(one), said(one, names)] for one in found]
    return Section(
        "Comparison",
        [text(sentence(found[0], names, seeds)), grid(chart), table(["", *names, *HEAD], rows)],
        "A paired bootstrap: pictures are drawn again and both sides are evaluated on each draw. "
        "Of twenty intervals, one excludes 0 by chance: choose what counts before you look.",
    )


def sentence(one: Difference, names: Sequence[str], seeds: int = 1) -> str:
    """Return the verdict as a sentence with its reach."""
    reach = (
        f"for pictures like these and other seeds, of which {seeds} a side were seen"
        if seeds > 1
        else "for pictures like these; another training of either side may differ by as much"
    )
    return (
        f"{said(one, names)}: {one.name} {100 * one.gain:+.1f} points, 95 % interval "
        f"{_interval(one)}, {reach}."
    )


def said(one: Difference, names: Sequence[str]) -> str:
    """Return the verdict with the name of the better side."""
    side, _, rest = one.verdict.partition(" is better")
    return f"{names['ab'.index(side)]} is better" if side in ("a", "b") else one.verdict + rest


def text_table(found: Sequence[Difference], names: Sequence[str]) -> str:
    """Return the table for a terminal, in per cent."""
    rows = [
        [one.name, *(f"{value:.1f}" for value in _points(one)), _interval(one), said(one, names)]
        for one in found
    ]
    return AsciiTable([["", *names, *HEAD], *rows]).table


def _points(one: Difference) -> list[float]:
    return [round(100 * value, 1) for value in (one.a, one.b, one.gain)]


def _interval(one: Difference) -> str:
    return "" if np.isnan(one.low) else f"{100 * one.low:+.1f} to {100 * one.high:+.1f}"
