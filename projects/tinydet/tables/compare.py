"""Published numbers beside our results, never in the same column."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tinydet.errors import InputError
from tinydet.tables.published import Row, Table, choices
from tinydet.tables.results import NUMBERS, Result, ResultStore
from tinydet.tables.terms import incomparable, results_for


@dataclass(frozen=True)
class Cell:
    """One number of a row: the paper's, ours over the seeds, and the difference.

    Attributes:
        paper: Published number; ``None`` where nothing is published.
        mean: Mean over the seeds; ``None`` without a measurement; -1 where the test set has no
            object in the range, so that the protocol defines no number.
        std: Sample standard deviation; ``None`` with fewer than two seeds.
        comparable: Whether both were measured alike, as far as is known.
    """

    paper: float | None
    mean: float | None
    std: float | None
    comparable: bool = True

    @property
    def difference(self) -> float | None:
        """Ours minus the paper's, from the unrounded mean."""
        if not self.comparable or self.paper is None or self.mean in (None, -1):
            return None
        return self.mean - self.paper


@dataclass(frozen=True)
class Comparison:
    """A row of a table with our results.

    Attributes:
        row: The published row.
        seeds: Number of our runs.
        cells: ``{column: cell}``.
    """

    row: Row
    seeds: int
    cells: dict[str, Cell]


@dataclass(frozen=True)
class Report:
    """A published table with our results.

    Attributes:
        table: The published table.
        columns: Columns to show.
        rows: One comparison per published row, in the same order.
        lines: Sentences below the table: the origin of our numbers, rows that were not run and
            why, remarks on rows.
    """

    table: Table
    columns: tuple[str, ...]
    rows: tuple[Comparison, ...]
    lines: tuple[str, ...]

    @property
    def heading(self) -> str:
        """Name, source, data and unit of the table in one line."""
        sources = _unique(row.source for row in self.table.rows)
        data = _unique(f"{row.data} {row.split}".strip() for row in self.table.rows)
        return f"{self.table.name}: {sources}; {data}; AP in per cent"

    @property
    def heads(self) -> tuple[str, ...]:
        """Sub-columns of each column; ``ours`` alone where no number is published or known."""
        return ("paper", "ours", "Δ") if _any_published(self.rows) else ("ours",)


def compare(table: Table, store: ResultStore, columns: Sequence[str] | None = None) -> Report:
    """Join a published table with the results of its configs.

    Args:
        table: The published table.
        store: Our results; :func:`results_for` selects those of a row.
        columns: Columns to show; default: the metrics, or the classes in a table without
            metrics.

    Raises:
        InputError: The table has no such column.
    """
    columns = tuple(columns or table.metrics or table.classes)
    for column in columns:
        if column not in table.columns:
            raise InputError(
                f"table {table.name} has no column {column!r}{choices(column, table.columns)}"
            )
    rows, results, excluded, differences = [], {}, [], []
    for row in table.rows:
        ours, lines = results_for(row, store.of(row.config) if row.config else [])
        why = incomparable(row, ours)
        cells = {name: _cell(row, ours, name, comparable=not why) for name in columns}
        rows.append(Comparison(row, len(ours), cells))
        results[row.name] = ours
        excluded += lines
        differences += why
    shown = {result.key: result for ours in results.values() for result in ours}
    lines = (
        *([] if _any_published(rows) else ["For these columns no number is published or known."]),
        *_provenance(list(shown.values())),
        *differences,
        *_not_run(table, results),
        *excluded,
        *_remarks(table, rows),
    )
    return Report(table, columns, tuple(rows), lines)


def _any_published(rows: Iterable[Comparison]) -> bool:
    return any(cell.paper is not None for row in rows for cell in row.cells.values())


def _cell(row: Row, results: Sequence[Result], name: str, comparable: bool) -> Cell:
    kind = "numbers" if name in NUMBERS else "per_class"
    values = [getattr(result, kind)[name] for result in results if name in getattr(result, kind)]
    if not values:
        return Cell(row.numbers.get(name), None, None)
    if -1 in values:  # the test set has no such object, whatever the seed
        return Cell(row.numbers.get(name), -1.0, None)
    std = statistics.stdev(values) if len(values) > 1 else None
    return Cell(row.numbers.get(name), statistics.fmean(values), std, comparable)


def _unique(words: Iterable[str]) -> str:
    """Return the distinct words in order, without empty words."""
    return ", ".join(dict.fromkeys(word for word in words if word))


def _provenance(results: Sequence[Result]) -> list[str]:
    if not results:
        return []
    parts = []
    for name, words in (
        ("protocol", "protocol"),
        ("max_dets", "maxDets"),
        ("ignore", "ignored:"),
        ("input", "input"),
        ("epochs", "epochs"),
        ("batch", "batch"),
        ("commit", "commit"),
        ("torch", "torch"),
        ("gpu", "on"),
        ("date", "date"),
    ):
        values = _unique(sorted(result.conditions[name] for result in results))
        if values:
            parts.append(f"{words} {values}")
    return [f"Ours: {'; '.join(parts)}. The weights of the last epoch."]


def _not_run(table: Table, results: dict[str, list[Result]]) -> list[str]:
    """Return the reasons for missing results: no config is possible, or missing, or not run."""
    without = [row for row in table.rows if not row.config]
    lacking = [row for row in table.rows if row.config and not results[row.name]]
    missing = [row for row in lacking if not (table.configs / row.config).is_file()]
    waiting = [row for row in lacking if row not in missing]
    lines = []
    if waiting:
        names = ", ".join(row.name for row in waiting)
        command = f"tools/tables/run.py {table.name}"
        lines.append(f"Not run yet ({len(waiting)} of {len(table.rows)} rows; {command}): {names}.")
    if missing:
        names = ", ".join(f"{row.name} ({row.config})" for row in missing)
        lines.append(f"Not run, the config does not exist: {names}.")
    lines += [f"Not run, {row.name}: {row.note}." for row in without]
    return lines


def _remarks(table: Table, rows: Sequence[Comparison]) -> list[str]:
    remarks = [f"{row.name}: {row.note}." for row in table.rows if row.config and row.note]
    if any(cell.mean == -1 for row in rows for cell in row.cells.values()):
        remarks.append("-1: the test set has no ground truth in this range.")
    return remarks
