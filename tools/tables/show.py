#!/usr/bin/env python
"""Print a published table beside our results, with the differences and the rows not run.

python tools/tables/show.py                                   # lists the tables
python tools/tables/show.py sarl_5
python tools/tables/show.py sarl_1 --columns AP APvt --format latex
python tools/tables/show.py sarl_1 --classes --format csv
python tools/tables/show.py evidence --html evidence.html     # with intervals and curves
python tools/tables/show.py --update-readme                   # --check only compares

Our numbers are means over the seeds, with the sample standard deviation. A page holds a table
between <!-- table:NAME --> and <!-- /table -->; columns may follow the name. A table whose rows
have baselines shows the differences from them (tools/tables/differences.py);
<!-- verdicts:NAME NAME --> collects those of three seeds. <!-- peers --> holds the runs of
benchmarks/peers.py; the best one's curve stands in the page of the table recipe. <!-- machines -->
says what ran where.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from itertools import chain
from pathlib import Path

from tinydet.data_tools.page import write
from tinydet.errors import InputError, reported
from tinydet.tables import evidence, machines, peers
from tinydet.tables.compare import compare
from tinydet.tables.curves import Curve, mean_curves, read_points
from tinydet.tables.differences import read_gains
from tinydet.tables.published import Table, read_table, table_names
from tinydet.tables.readme import update_pages
from tinydet.tables.render import FORMATS, markdown
from tinydet.tables.results import ResultStore
from tinydet.tables.steps import read_steps

ROOT = Path(__file__).resolve().parents[2]
CONFIGS = ROOT / "configs"


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "table",
        nargs="?",
        help="name of a CSV in configs/tables, or path of a CSV in a tables/ folder of your own",
    )
    parser.add_argument("--format", choices=FORMATS, default="md")
    parser.add_argument(
        "--columns", nargs="+", metavar="NAME", help="columns to show (default: AP to APm)"
    )
    parser.add_argument("--classes", action="store_true", help="show the AP of each class instead")
    parser.add_argument("--html", type=Path, help="write a page, of a table with baselines")
    parser.add_argument("--results", type=Path, help="folder of results (default: the configs')")
    parser.add_argument(
        "--update-readme", action="store_true", help="rewrite the tables of all pages"
    )
    parser.add_argument("--check", action="store_true", help="exit with 1 if a page is out of date")
    return parser.parse_args(argv)


def overview() -> str:
    """Return a Markdown table of all tables, with counts of rows, configs and results."""
    lines = ["| table | rows | with a config | with a result | source |", "|---|---|---|---|---|"]
    for name in table_names(CONFIGS):
        report = compare(read_table(name, CONFIGS), ResultStore(CONFIGS))
        rows = report.table.rows
        configs = sum(bool(row.config) for row in rows)
        results = sum(bool(row.seeds) for row in report.rows)
        lines.append(f"| {name} | {len(rows)} | {configs} | {results} | {rows[0].source} |")
    return "\n".join(lines)


def table_for_page(named: str) -> str:
    """Return the Markdown of a block from ``NAME COLUMN ...``."""
    name, *columns = named.split()
    table = read_table(name, CONFIGS)
    if is_evidence(table):
        return evidence.markdown(with_gains(table, CONFIGS))
    return markdown(compare(read_table(name, CONFIGS), ResultStore(CONFIGS), columns or None))


def verdicts_for_page(names: str) -> str:
    """Return the Markdown of what three seeds say of the rows of some tables with baselines."""
    tables = (read_table(name, CONFIGS) for name in names.split())
    return evidence.verdicts(chain.from_iterable(with_gains(table, CONFIGS) for table in tables))


def peers_for_page(_: str) -> str:
    """Return the Markdown of the runs of other people's networks."""
    return peers.markdown(peers.read_peers(CONFIGS / "evidence/peers.csv"))


def machines_for_page(_: str) -> str:
    """Return the Markdown of what our trainings ran on, those of the peers too."""
    tables = [read_table(name, CONFIGS) for name in table_names(CONFIGS)]
    runs = peers.read_peers(CONFIGS / "evidence/peers.csv")
    return machines.markdown(tables, ResultStore(CONFIGS), runs)


def best_peer(curves: Mapping[str, Curve]) -> Mapping[str, Curve]:
    """Return the curve that ends highest, alone; a chart of all would have too many lines."""
    best = max(curves, key=lambda row: curves[row][1][-1], default=None)
    return {row: curve for row, curve in curves.items() if row == best}


def is_evidence(table: Table) -> bool:
    return any(row.baseline for row in table.rows)


def with_gains(table: Table, results: Path) -> list[evidence.Line]:
    """Return the rows with their results, steps, and differences from their baselines."""
    gains = read_gains(results / "evidence/differences.csv")
    steps = read_steps(results / "evidence/steps.csv")
    return evidence.lines(table, ResultStore(results), gains, steps)


def show_evidence(table: Table, results: Path, html: Path | None) -> None:
    """Print a table with baselines, or write its page."""
    lines = with_gains(table, results)
    if html is None:
        print(evidence.markdown(lines), end="")
        return
    points = read_points(results / "evidence/curves.csv")
    curves = mean_curves(points, table.name)
    if table.name == "recipe":
        curves |= best_peer(mean_curves(points, peers.TABLE))
    write(html, evidence.evidence_page(table, lines, curves))
    print(f"wrote {html}")


@reported
def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    if args.update_readme or args.check:
        blocks = dict(
            table=table_for_page,
            verdicts=verdicts_for_page,
            peers=peers_for_page,
            machines=machines_for_page,
        )
        tool = "tools/tables/show.py"
        return max(
            update_pages(ROOT, kind, block, tool, write=args.update_readme)
            for kind, block in blocks.items()
        )
    if args.table is None:
        print(overview())
        return 0
    table = read_table(args.table, CONFIGS)
    results = args.results or table.configs
    if is_evidence(table) and args.format == "md" and not args.columns and not args.classes:
        show_evidence(table, results, args.html)
        return 0
    if args.html:
        raise InputError(f"--html is for a table with baselines; {table.name} has --format html")
    columns = table.classes if args.classes else args.columns
    report = compare(table, ResultStore(results), columns)
    print(FORMATS[args.format](report), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
