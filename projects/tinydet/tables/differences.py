"""Differences of rows from their baselines, with intervals over images and seeds together.

``tools/tables/differences.py`` computes them from kept detections and writes them, with the curves
of the trainings, beside the results: ``evidence/differences.csv``, ``evidence/curves.csv``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from tinydet.analysis.paired import Difference
from tinydet.tables.cells import check_columns, read_cells, write_cells

SEEDS = 3  # of which nothing is shown with fewer, see docs/evidence.md
METRICS = {"AP": "AP", "AP_50": "AP50", "AP_vt": "APvt", "AP_t": "APt", "AP_s": "APs"}


@dataclass(frozen=True)
class Gain:
    """A metric of a row minus that of its baseline, in points (per cent).

    Attributes:
        table: Name of the table.
        row: Name of the row.
        baseline: Name of the row that it is compared with.
        seeds: Pairs of trainings.
        metric: One of ``METRICS``' values, or ``person AP`` and so on.
        gain: Mean over the pairs.
        low: Lower end of the 95 % interval.
        high: Its upper end.
    """

    table: str
    row: str
    baseline: str
    seeds: int
    metric: str
    gain: float
    low: float
    high: float

    @property
    def text(self) -> str:
        """The gain and its interval, such as ``+1.2 (+0.5 to +2.0)``."""
        return f"{self.gain:+.1f} ({self.low:+.1f} to {self.high:+.1f})"

    @property
    def verdict(self) -> str:
        """``helps``, ``hurts`` or ``not shown``, as with fewer than ``SEEDS``."""
        if self.seeds < SEEDS or self.low <= 0 <= self.high:
            return "not shown"
        return "helps" if self.low > 0 else "hurts"


COLUMNS = tuple(field.name for field in fields(Gain))


def gains(
    table: str, row: str, baseline: str, seeds: int, found: Iterable[Difference]
) -> list[Gain]:
    """Return what :func:`tinydet.analysis.paired.compare` found, the baseline being its ``a``.

    Metrics without an interval, of which too few images have objects, are left out.
    """
    return [
        Gain(
            table,
            row,
            baseline,
            seeds,
            METRICS.get(one.name, one.name.replace("_AP", " AP")),
            *(round(100 * value, 2) for value in (one.gain, one.low, one.high)),
        )
        for one in found
        if one.low <= one.high
    ]


def read_gains(path: Path) -> list[Gain]:
    """Read a file of :func:`write_gains`; a missing file has no gains.

    Raises:
        InputError: :func:`tinydet.tables.cells.read_cells` refuses the file, or a column lacks.
    """
    if not path.is_file():
        return []
    columns, rows = read_cells(path)
    check_columns(path, columns, COLUMNS, "write the file anew")
    words, numbers = COLUMNS[:3], COLUMNS[5:]
    return [
        Gain(
            *(cells[name] for name in words),
            int(cells["seeds"]),
            cells["metric"],
            *(float(cells[name]) for name in numbers),
        )
        for _, cells in rows
    ]


def write_gains(path: Path, found: Sequence[Gain]) -> None:
    """Write the gains of some rows in place of their older ones; other rows keep theirs."""
    new = {(gain.table, gain.row) for gain in found}
    others = [gain for gain in read_gains(path) if (gain.table, gain.row) not in new]
    # The metrics of a row stay in their order, because the sort is stable.
    kept = sorted([*others, *found], key=lambda gain: (gain.table, gain.row))
    write_cells(path, COLUMNS, map(astuple, kept))
