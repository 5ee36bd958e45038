"""CSV files as rows of cells, with a sentence for each damage that an editor may have done."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from tinydet.errors import InputError
from tinydet.files import write_whole

NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")


def read_cells(path: Path) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    """Read a CSV file, with or without the byte-order mark that Excel writes.

    Returns:
        The columns, and ``(last line number, {column: cell})`` of each row.

    Raises:
        InputError: The file is not UTF-8 or not separated by commas; two columns have the same
            name; a row is shorter or longer than the heading.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            columns = list(reader.fieldnames or ())
            rows = [(reader.line_num, cells) for cells in reader]
    except UnicodeDecodeError:
        raise InputError(f"{path} is not UTF-8; save it as 'CSV UTF-8', with commas") from None
    if len(columns) == 1 and ";" in columns[0]:
        raise InputError(f"{path} has semicolons between its cells; save it with commas")
    twice = sorted({column for column in columns if columns.count(column) > 1})
    if twice:
        raise InputError(f"{path} names the column {twice[0]!r} twice")
    for line, cells in rows:
        if None in cells or None in cells.values():
            raise InputError(f"{path}, line {line}: the number of cells differs from the heading")
    return columns, rows


def check_columns(path: Path, columns: Sequence[str], needed: Sequence[str], cure: str) -> None:
    """Refuse a file without some columns.

    Raises:
        InputError: It names them, and the cure.
    """
    if missing := [name for name in needed if name not in columns]:
        raise InputError(f"{path} lacks the columns {', '.join(missing)}; {cure}")


def write_cells(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a CSV file in one step or not at all.

    Args:
        path: The file.
        columns: Their names.
        rows: Cells, in the order of the columns.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([columns, *rows])
    write_whole(path, text.getvalue())


def as_number(text: str) -> float:
    """Return a number as papers print it; ``nan``, ``inf`` and Python's ``1_0`` are refused.

    Raises:
        ValueError: The text is not such a number.
    """
    if not NUMBER.fullmatch(text.strip()):
        raise ValueError(f"{text!r} is not a number")
    return float(text)
