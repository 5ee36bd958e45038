"""A published table: its rows, the config of each, the numbers that the paper printed."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tinydet.errors import InputError
from tinydet.tables.cells import as_number, read_cells

REQUIRED = ("row", "config", "data", "split", "source", "note")
WORDS = (*REQUIRED, "backbone")  # every other column is a number
METRICS = ("AP", "AP50", "AP75", "APvt", "APt", "APs", "APm", "APl", "FPS")


@dataclass(frozen=True)
class Row:
    """A row of a published table.

    Attributes:
        name: What the paper calls it; unique in its table.
        config: Path below the folder of the configs; empty where there can be none.
        data: Data set, as the paper names it.
        split: Of the data set.
        numbers: ``{column: published number}``, without the cells that are empty. AP in per cent.
        source: Paper and table.
        note: A remark; where ``config`` is empty, why.
        backbone: As printed.
    """

    name: str
    config: str
    data: str
    split: str
    numbers: dict[str, float]
    source: str
    note: str
    backbone: str = ""


@dataclass(frozen=True)
class Table:
    """A published table.

    Attributes:
        name: Stem of its file.
        configs: Folder that the ``config`` of a row is below.
        columns: Names of the columns of numbers, in order.
        rows: Its rows.
    """

    name: str
    configs: Path
    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def metrics(self) -> list[str]:
        """The columns that are not of one class."""
        return [column for column in self.columns if column in METRICS]

    @property
    def classes(self) -> list[str]:
        """The columns that are the AP of a class."""
        return [column for column in self.columns if column not in METRICS]

    def choose(self, names: Sequence[str] | None) -> list[Row]:
        """Return the rows of these names, upper and lower case alike; all without names.

        Raises:
            InputError: No such row; the nearest names are given.
        """
        if names is None:
            return list(self.rows)
        by_name = {row.name.lower(): row for row in self.rows}
        for name in names:
            if name.lower() not in by_name:
                near = nearest(name, [row.name for row in self.rows])
                raise InputError(f"table {self.name} has no row {name!r}{near}")
        wanted = {name.lower() for name in names}
        return [row for row in self.rows if row.name.lower() in wanted]


def nearest(name: str, names: Iterable[str]) -> str:
    """Return ``; did you mean ...?``, or all the names where none is near."""
    by_lower = {other.lower(): other for other in names}
    found = difflib.get_close_matches(name.lower(), by_lower, n=3, cutoff=0.5)
    if found:
        return "; did you mean " + " or ".join(repr(by_lower[other]) for other in found) + "?"
    return f"; there are {', '.join(by_lower.values()) or 'none'}"


def table_names(configs: Path) -> list[str]:
    """Return the names of the tables below a folder of configs."""
    return sorted(path.stem for path in (configs / "tables").glob("*.csv"))


def read_table(name: str, configs: Path) -> Table:
    """Read a table by its name, or a CSV of the reader's own.

    Args:
        name: Stem of a file in ``configs/tables``; or the path of a CSV in a folder ``tables`` of
            another tree of configs, which its ``config`` column then refers to.
        configs: Folder of the configs.

    Raises:
        InputError: No such table (the nearest names are given); what :func:`read_cells` refuses;
            a column is missing; a cell is no number; two rows of one name; a row without a name,
            or with neither config nor reason.
    """
    path = configs / "tables" / f"{name}.csv"
    if name.endswith(".csv"):
        path = Path(name)
        configs = path.resolve().parents[1]
    if not path.is_file():
        raise InputError(f"there is no table {name!r}{nearest(name, table_names(configs))}")
    columns, lines = read_cells(path)
    missing = [column for column in REQUIRED if column not in columns]
    if missing:
        raise InputError(
            f"{path} lacks the column{'s' * (len(missing) > 1)} {', '.join(missing)}; a table has "
            f"{', '.join(REQUIRED)} and a column for each published number"
        )
    numbers = tuple(column for column in columns if column not in WORDS)
    rows = tuple(_read_row(cells, numbers, path, line) for line, cells in lines)
    names = [row.name for row in rows]
    twice = sorted({row for row in names if names.count(row) > 1})
    if twice:
        raise InputError(f"{path} has two rows {twice[0]!r}; each row needs a name of its own")
    return Table(path.stem, configs, numbers, rows)


def _read_row(cells: dict, columns: Sequence[str], path: Path, line: int) -> Row:
    numbers = {}
    for column in columns:
        if cells[column].strip():
            try:
                numbers[column] = as_number(cells[column])
            except ValueError:
                raise InputError(
                    f"{path}, line {line}: {column} is {cells[column]!r}, which is no number; "
                    "leave the cell empty where nothing was published"
                ) from None
    if not cells["row"]:
        raise InputError(f"{path}, line {line}: the row has no name")
    if not cells["config"] and not cells["note"]:
        raise InputError(f"{path}, line {line}: no config, and no note that says why")
    words = {key: cells[key].strip() for key in ("config", "data", "split", "source", "note")}
    return Row(name=cells["row"], numbers=numbers, backbone=cells.get("backbone", ""), **words)
