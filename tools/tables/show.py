#!/usr/bin/env python
"""Print a published table beside our results, with the difference and what was not run.

python tools/tables/show.py                                   # which tables there are
python tools/tables/show.py sarl_5
python tools/tables/show.py sarl_1 --columns AP APvt --format latex
python tools/tables/show.py sarl_1 --classes --format csv
python tools/tables/show.py --update-readme                   # or --check: only compare

Ours are means over the seeds with the deviation of the sample. In a page, a table stands
between <!-- table:NAME --> and <!-- /table -->; columns may follow the name.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tinydet.errors import reported
from tinydet.tables.compare import compare
from tinydet.tables.published import read_table, table_names
from tinydet.tables.readme import update_pages
from tinydet.tables.render import FORMATS, markdown
from tinydet.tables.results import ResultStore

ROOT = Path(__file__).resolve().parents[2]
CONFIGS = ROOT / "configs"


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "table", nargs="?", help="a name of configs/tables, or a CSV in a tables/ of your own"
    )
    parser.add_argument("--format", choices=FORMATS, default="md")
    parser.add_argument("--columns", nargs="+", metavar="NAME", help="default: AP to APm")
    parser.add_argument("--classes", action="store_true", help="the classes in place of AP to APm")
    parser.add_argument("--results", type=Path, help="default: beside the configs")
    parser.add_argument(
        "--update-readme", action="store_true", help="write the tables of all pages"
    )
    parser.add_argument("--check", action="store_true", help="1 where a page is out of date")
    return parser.parse_args(argv)


def overview() -> str:
    """Return a line for each table: its rows, and how many have a config and a result."""
    lines = ["| table | rows | with a config | with a result | source |", "|---|---|---|---|---|"]
    for name in table_names(CONFIGS):
        report = compare(read_table(name, CONFIGS), ResultStore(CONFIGS))
        rows = report.table.rows
        configs = sum(bool(row.config) for row in rows)
        results = sum(bool(row.seeds) for row in report.rows)
        lines.append(f"| {name} | {len(rows)} | {configs} | {results} | {rows[0].source} |")
    return "\n".join(lines)


def table_for_page(named: str) -> str:
    """Return what stands between the markers of a page, by the table's name and its columns."""
    name, *columns = named.split()
    return markdown(compare(read_table(name, CONFIGS), ResultStore(CONFIGS), columns or None))


@reported
def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    if args.update_readme or args.check:
        tool = "tools/tables/show.py"
        return update_pages(ROOT, "table", table_for_page, tool, write=args.update_readme)
    if args.table is None:
        print(overview())
        return 0
    table = read_table(args.table, CONFIGS)
    columns = table.classes if args.classes else args.columns
    report = compare(table, ResultStore(args.results or table.configs), columns)
    print(FORMATS[args.format](report), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
