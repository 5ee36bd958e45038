"""What a paper printed beside what was measured here, never in one column."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tinydet.errors import InputError
from tinydet.tables.published import Row, Table, nearest
from tinydet.tables.results import NUMBERS, Result, ResultStore
from tinydet.tables.terms import of_the_row, unlike


@dataclass(frozen=True)
class Cell:
    """One number of a row: the paper's, ours over the seeds, and the difference.

    Attributes:
        paper: ``None`` where nothing is published.
        mean: Over the seeds; ``None`` where nothing was measured; -1 where the protocol has no
            number, because there is no ground truth in the range.
        std: Of the sample; ``None`` with fewer than two seeds.
        alike: The two were measured alike, as far as is known.
    """

    paper: float | None
    mean: float | None
    std: float | None
    alike: bool = True

    @property
    def difference(self) -> float | None:
        """Ours less the paper's, from the mean before it is rounded."""
        if not self.alike or self.paper is None or self.mean in (None, -1):
            return None
        return self.mean - self.paper


@dataclass(frozen=True)
class Comparison:
    """A row of a table with our results.

    Attributes:
        row: As published.
        seeds: Number of our runs.
        cells: ``{column: cell}``.
    """

    row: Row
    seeds: int
    cells: dict[str, Cell]


@dataclass(frozen=True)
class Report:
    """A table, compared.

    Attributes:
        table: The published table.
        columns: Those that are shown.
        rows: One a published row, in its order.
        lines: Sentences below the table: where our numbers come from, what was not run and why,
            remarks on rows.
    """

    table: Table
    columns: tuple[str, ...]
    rows: tuple[Comparison, ...]
    lines: tuple[str, ...]

    @property
    def heading(self) -> str:
        """Table, source, data and unit in a line."""
        sources = _unique(row.source for row in self.table.rows)
        data = _unique(f"{row.data} {row.split}".strip() for row in self.table.rows)
        return f"{self.table.name}: {sources}; {data}; AP in per cent"

    @property
    def heads(self) -> tuple[str, ...]:
        """What each column is divided into; ours alone where no number is published or known."""
        return ("paper", "ours", "Δ") if _any_published(self.rows) else ("ours",)


def compare(table: Table, store: ResultStore, columns: Sequence[str] | None = None) -> Report:
    """Join a published table with the results of its configs.

    Args:
        table: What was published.
        store: What was measured; see :func:`of_the_row` for what stands for a row.
        columns: Columns to show; by default the metrics, or the classes where there are only
            classes.

    Raises:
        InputError: A column that the table does not have.
    """
    columns = tuple(columns or table.metrics or table.classes)
    for column in columns:
        if column not in table.columns:
            raise InputError(
                f"table {table.name} has no column {column!r}{nearest(column, table.columns)}"
            )
    rows, results, left_out, unequal = [], {}, [], []
    for row in table.rows:
        ours, lines = of_the_row(row, store.of(row.config) if row.config else [])
        why = unlike(row, ours)
        cells = {name: _cell(row, ours, name, alike=not why) for name in columns}
        rows.append(Comparison(row, len(ours), cells))
        results[row.name] = ours
        left_out += lines
        unequal += why
    shown = {result.key: result for ours in results.values() for result in ours}
    lines = (
        *([] if _any_published(rows) else ["For these columns no number is published or known."]),
        *_provenance(list(shown.values())),
        *unequal,
        *_not_run(table, results),
        *left_out,
        *_remarks(table, rows),
    )
    return Report(table, columns, tuple(rows), lines)


def _any_published(rows: Iterable[Comparison]) -> bool:
    return any(cell.paper is not None for row in rows for cell in row.cells.values())


def _cell(row: Row, results: Sequence[Result], name: str, alike: bool) -> Cell:
    kind = "numbers" if name in NUMBERS else "per_class"
    values = [getattr(result, kind)[name] for result in results if name in getattr(result, kind)]
    if not values:
        return Cell(row.numbers.get(name), None, None)
    if -1 in values:  # the test set has no such object, so this holds for every seed
        return Cell(row.numbers.get(name), -1.0, None)
    std = statistics.stdev(values) if len(values) > 1 else None
    return Cell(row.numbers.get(name), statistics.fmean(values), std, alike)


def _unique(words: Iterable[str]) -> str:
    """Return the words once each, in order, without empty ones."""
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
    """Say for each row without a result why: it cannot, its config is missing, nobody ran it."""
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
