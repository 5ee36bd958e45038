"""Tables of the benchmarks: Markdown on the screen, CSV in a file."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path


def print_heading(columns: Sequence[str]) -> None:
    """Print the first two lines of a Markdown table."""
    print_cells(columns, ["---"] * len(columns))


def print_cells(*lines: Iterable[str]) -> None:
    """Print lines of a Markdown table at once, because the next line may take minutes."""
    for line in lines:
        print("| " + " | ".join(line) + " |", flush=True)


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> None:
    """Write rows ``{column: cell}`` as a CSV file in UTF-8."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
