#!/usr/bin/env python
"""Say which component goes into which detector, and how; or try all of it.

python tools/analysis/support_matrix.py                        # the table
python tools/analysis/support_matrix.py --show "NWD loss"      # what a config writes, host by host
python tools/analysis/support_matrix.py --run                  # build, train a step, predict: each
python tools/analysis/support_matrix.py --run --only SARL RFLA
python tools/analysis/support_matrix.py --update-readme        # or --check: only compare
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from mmengine.config import Config

from tinydet.errors import InputError, reported
from tinydet.tables.readme import update_pages
from tinydet.testing.component import Component
from tinydet.testing.hosts import HOSTS, Host
from tinydet.testing.matrix import COMPONENTS, markdown
from tinydet.testing.trial import try_out

ROOT = Path(__file__).resolve().parents[2]


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--run", action="store_true", help="try every pair, exit with 1 on failure")
    parser.add_argument("--only", nargs="+", metavar="COMPONENT", help="with --run: these alone")
    parser.add_argument("--show", metavar="COMPONENT", help="print what a config writes")
    parser.add_argument("--update-readme", action="store_true", help="write the README's table")
    parser.add_argument("--check", action="store_true", help="1 where the README is out of date")
    return parser.parse_args(argv)


def component(name: str) -> Component:
    """Return a row of the table.

    Raises:
        InputError: There is none of that name.
    """
    if name not in COMPONENTS:
        raise InputError(f"component {name!r} is none of {', '.join(COMPONENTS)}")
    return COMPONENTS[name]


def show(name: str) -> None:
    """Print what a config writes for a component, host by host."""
    for host in HOSTS.values():
        cell = component(name).cell(host)
        print(f"# {name} in {host.name}")
        print(f"# {cell}\n" if isinstance(cell, str) else Config(dict(model=cell)).dump())


def run(names: Iterable[str]) -> int:
    """Try every pair and print a line a component, then counts.

    A pair is left out for the reason that the table gives, and skipped without mmyolo.

    Returns:
        How many pairs failed.
    """
    counts = dict.fromkeys(("ran", "failed", "left out", "skipped"), 0)
    start = time.perf_counter()
    for name in names:
        row = component(name)
        marks = []
        for host in HOSTS.values():
            mark = _try_pair(row, host)
            counts[mark] += 1
            marks.append(f"{host.name} {mark}")
        print(f"{name}: {', '.join(marks)}", flush=True)
    seconds = time.perf_counter() - start
    print(", ".join(f"{count} {mark}" for mark, count in counts.items()), f"in {seconds:.0f} s")
    return counts["failed"]


def _try_pair(row: Component, host: Host) -> str:
    if not host.available:
        return "skipped"
    if isinstance(row.cell(host), str):
        return "left out"
    try:
        try_out(row.into(host))
    except Exception as error:  # one broken pair must not hide the others
        print(f"  {row.name} in {host.name}: {type(error).__name__}: {error}", file=sys.stderr)
        return "failed"
    return "ran"


@reported
def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    if args.update_readme or args.check:
        tool = "tools/analysis/support_matrix.py"
        return update_pages(ROOT, "support", lambda _: markdown(), tool, write=args.update_readme)
    if args.show:
        show(args.show)
    elif args.run:
        return 1 if run(args.only or COMPONENTS) else 0
    else:
        print(markdown())
    return 0


if __name__ == "__main__":
    sys.exit(main())
