"""Tables of the benchmarks: Markdown on the screen, CSV in a file."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path


def parse_rounds(
    parser: argparse.ArgumentParser, argv: Sequence[str] | None, rounds: int
) -> argparse.Namespace:
    """Parse the arguments of a benchmark of rounds, with ``--rounds`` and ``--csv`` added."""
    parser.add_argument("--rounds", type=int, default=rounds, help="timed rounds, at least 2")
    parser.add_argument("--csv", type=Path, help="also write the table here")
    return parse_checked(parser, argv)


def parse_checked(
    parser: argparse.ArgumentParser, argv: Sequence[str] | None
) -> argparse.Namespace:
    """Parse arguments with ``--rounds`` among them, of which a median needs two."""
    args = parser.parse_args(argv)
    if args.rounds < 2:
        parser.error(f"--rounds {args.rounds} gives no median; at least 2")
    return args


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
