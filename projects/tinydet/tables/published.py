"""A published table: the rows of a paper, the config of each row and the printed numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tinydet.errors import InputError, did_you_mean
from tinydet.tables.cells import as_number, read_cells

REQUIRED = ("row", "config", "data", "split", "source", "note")
WORDS = (*REQUIRED, "backbone", "options", "baseline", "protocol")  # every other column is a number
METRICS = ("AP", "AP50", "AP75", "APvt", "APt", "APs", "APm", "APl", "FPS")


@dataclass(frozen=True)
class Row:
    """A row of a published table.

    Attributes:
        name: Name of the method in the paper; unique in the table.
        config: Path below the folder of the configs; empty where no config is possible.
        data: Data set, as the paper names it.
        split: Split of the data set.
        numbers: ``{column: published number}``, without empty cells; AP in per cent.
        source: Paper and table.
        note: A remark, or the reason why ``config`` is empty.
        backbone: As printed in the paper.
        options: ``KEY=VALUE`` words that are merged over the config.
        baseline: Name of the row that this one is compared with, in a table of our own.
        protocol: How the numbers were measured, where the data set does not say it.
    """

    name: str
    config: str
    data: str
    split: str
    numbers: dict[str, float]
    source: str
    note: str
    backbone: str = ""
    options: tuple[str, ...] = ()
    baseline: str = ""
    protocol: str = ""


@dataclass(frozen=True)
class Table:
    """A published table.

    Attributes:
        name: Stem of the file.
        configs: Folder that contains the ``config`` of each row.
        columns: Columns of numbers, in order.
        rows: Rows, in order.
    """

    name: str
    configs: Path
    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def metrics(self) -> list[str]:
        """The columns of metrics over all classes."""
        return [column for column in self.columns if column in METRICS]

    @property
    def classes(self) -> list[str]:
        """The columns that hold the AP of a single class."""
        return [column for column in self.columns if column not in METRICS]

    def choose(self, names: Sequence[str] | None) -> list[Row]:
        """Return the rows with these names, ignoring case; all rows for ``None``.

        Raises:
            InputError: No row has such a name; the nearest names are given.
        """
        if names is None:
            return list(self.rows)
        by_name = {row.name.lower(): row for row in self.rows}
        for name in names:
            if name.lower() not in by_name:
                near = choices(name, [row.name for row in self.rows])
                raise InputError(f"table {self.name} has no row {name!r}{near}")
        wanted = {name.lower() for name in names}
        return [row for row in self.rows if row.name.lower() in wanted]


def choices(name: str, names: Sequence[str]) -> str:
    """Return the names nearest to an unknown one, or all names where none is near."""
    listed = ", ".join(names) or "none"
    return did_you_mean(name, names, count=3, similarity=0.5) or f" (there are {listed})"


def table_names(configs: Path) -> list[str]:
    """Return the names of the tables below a folder of configs."""
    return sorted(path.stem for path in (configs / "tables").glob("*.csv"))


def read_table(name: str, configs: Path) -> Table:
    """Read a table by its name, or from a CSV of the user's own.

    Args:
        name: Stem of a file in ``configs/tables``; or the path of a CSV in the folder ``tables`` of
            another tree of configs, to which the ``config`` column then refers.
        configs: Folder of the configs.

    Raises:
        InputError: No table has this name (the nearest names are given); :func:`read_cells` refuses
            the file; a column is missing; a cell is not a number; two rows have the same name; a
            row lacks a name, or both config and note, or has a baseline that is no row.
    """
    path = configs / "tables" / f"{name}.csv"
    if name.endswith(".csv"):
        path = Path(name)
        configs = path.resolve().parents[1]
    if not path.is_file():
        raise InputError(f"there is no table {name!r}{choices(name, table_names(configs))}")
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
        raise InputError(f"{path} has two rows {twice[0]!r}; give each row a unique name")
    for row in rows:
        if row.baseline and row.baseline not in names:
            near = choices(row.baseline, names)
            raise InputError(
                f"{path}: the baseline of {row.name} is no row: {row.baseline!r}{near}"
            )
    return Table(path.stem, configs, numbers, rows)


def _read_row(cells: dict, columns: Sequence[str], path: Path, line: int) -> Row:
    numbers = {}
    for column in columns:
        if cells[column].strip():
            try:
                numbers[column] = as_number(cells[column])
            except ValueError:
                raise InputError(
                    f"{path}, line {line}: {column} is {cells[column]!r}, which is not a number; "
                    "leave the cell empty where nothing was published"
                ) from None
    if not cells["row"]:
        raise InputError(f"{path}, line {line}: the row has no name")
    if not cells["config"] and not cells["note"]:
        raise InputError(f"{path}, line {line}: the row has no config; say why in its note")
    words = {key: cells[key].strip() for key in ("config", "data", "split", "source", "note")}
    words |= {key: cells.get(key, "").strip() for key in ("backbone", "baseline", "protocol")}
    options = tuple(sorted(cells.get("options", "").split()))
    return Row(name=cells["row"], numbers=numbers, options=options, **words)
