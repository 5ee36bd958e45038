"""Which trainings ran, on what machine, and how many of the seeds are missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain

from tinydet.tables.differences import SEEDS
from tinydet.tables.peers import PeerRun
from tinydet.tables.published import Table
from tinydet.tables.render import plain_table
from tinydet.tables.results import Result, ResultStore
from tinydet.tables.terms import results_for

HEAD = ("table", "machine", "trainings", "hours", "rows with a training", "with three seeds")


def machines(
    tables: Iterable[Table], store: ResultStore, peers: Sequence[PeerRun] = ()
) -> list[list[str]]:
    """Return the cells of ``HEAD``, a row for each table and machine, and one for all trainings.

    Two tables may share trainings: each counts them, the last row counts them once. A table
    without a training has no row.
    """
    rows, every = [], {}
    for table in tables:
        results = {row.name: results_for(row, store.of(row.config))[0] for row in table.rows}
        hours: dict[str, list[float]] = defaultdict(list)
        for result in chain.from_iterable(results.values()):
            hours[result.conditions["gpu"]].append(_hours(result))
            every[result.key] = _hours(result)
        started = f"{sum(map(bool, results.values()))} of {len(results)}"
        whole = f"{sum(len(found) >= SEEDS for found in results.values())} of {len(results)}"
        for name, spent in sorted(hours.items()):
            rows.append([table.name, name, str(len(spent)), f"{sum(spent):.1f}", started, whole])
    theirs: dict[str, list[float]] = defaultdict(list)
    for run in peers:
        theirs[run.machine].append(float(run.hours))
    for name, spent in sorted(theirs.items()):
        rows.append(["peers", name, str(len(spent)), f"{sum(spent):.1f}", "", ""])
    spent = [*every.values(), *chain.from_iterable(theirs.values())]
    rows.append(["all, each once", "", str(len(spent)), f"{sum(spent):.1f}", "", ""])
    return rows


def _hours(result: Result) -> float:
    return float(result.conditions["hours"] or 0)


def markdown(tables: Iterable[Table], store: ResultStore, peers: Sequence[PeerRun] = ()) -> str:
    """Return a Markdown table of :func:`machines`."""
    return plain_table(HEAD, machines(tables, store, peers))
