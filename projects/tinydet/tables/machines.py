"""Which trainings of our own tables ran, on what machine, and how many of the seeds are missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from tinydet.tables.differences import SEEDS
from tinydet.tables.published import Table
from tinydet.tables.render import plain_table
from tinydet.tables.results import ResultStore
from tinydet.tables.terms import results_for

HEAD = ("table", "machine", "trainings", "hours", "rows with a training", "with three seeds")


def machines(tables: Iterable[Table], store: ResultStore) -> list[list[str]]:
    """Return the cells of ``HEAD``, a row for each table and machine.

    Two tables may share trainings: each counts them.
    """
    rows = []
    for table in tables:
        results = {row.name: results_for(row, store.of(row.config))[0] for row in table.rows}
        hours: dict[str, list[float]] = defaultdict(list)
        for found in results.values():
            for result in found:
                name = result.conditions["gpu"]
                hours[name].append(float(result.conditions["hours"] or 0))
        started = f"{sum(map(bool, results.values()))} of {len(results)}"
        whole = f"{sum(len(found) >= SEEDS for found in results.values())} of {len(results)}"
        for name, spent in sorted(hours.items()) or [("", [])]:
            rows.append([table.name, name, str(len(spent)), f"{sum(spent):.1f}", started, whole])
    return rows


def markdown(tables: Iterable[Table], store: ResultStore) -> str:
    """Return a Markdown table of :func:`machines`."""
    return plain_table(HEAD, machines(tables, store))
