#!/usr/bin/env python
"""Train and test the rows of a published table that have no result yet.

python tools/tables/run.py sarl_5 --dry-run
python tools/tables/run.py sarl_5 --gpus 8 --seeds 3
python tools/tables/run.py sarl_1 --rows "Faster R-CNN" RFLA --launcher slurm --partition a100

Interrupted at any moment, the same command goes on: a recorded run is not run again, a training
continues from its newest checkpoint. Results go to configs/<folder>/results.csv; show.py prints
them beside the published numbers. Several of these commands may run at once, here or on machines
that share the folders: each takes what no other has.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tinydet.errors import InputError, reported
from tinydet.runs.commands import LAUNCHERS, Launcher
from tinydet.runs.plan import Run, plan
from tinydet.runs.queue import work_off
from tinydet.runs.trainer import Trainer
from tinydet.tables.published import read_table
from tinydet.tables.results import ResultStore

CONFIGS = Path(__file__).resolve().parents[2] / "configs"


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("table", help="a name of configs/tables, or a CSV in a tables/ of your own")
    parser.add_argument("--rows", nargs="+", metavar="ROW", help="default: all that have a config")
    parser.add_argument("--seeds", type=int, default=1, metavar="N", help="0 to N - 1 (default: 1)")
    parser.add_argument("--gpus", type=int, default=1, help="of each training (default: 1)")
    parser.add_argument("--launcher", choices=LAUNCHERS, help="default: pytorch from 2 GPUs on")
    parser.add_argument("--partition", default="", help="of Slurm")
    parser.add_argument("--work-dir", type=Path, default=Path("work_dirs/tables"))
    parser.add_argument("--results", type=Path, help="default: beside the configs")
    parser.add_argument("--dry-run", action="store_true", help="only print what would be done")
    parser.add_argument(
        "--cfg-options",
        nargs="+",
        default=[],
        metavar="KEY=VALUE",
        help="for all runs; recorded with them, and not shown as the table's",
    )
    args = parser.parse_args(argv)
    if args.seeds < 1:
        parser.error("--seeds: one at least")
    return args


def announce(runs: Sequence[Run], trainer: Trainer) -> int:
    """Print where the runs stand and how they would be trained; return how many cannot be."""
    problems = 0
    for run in runs:
        print(f"{run.title}: {trainer.stage(run)} ({run.config})")
        try:
            command = trainer.training(run)
        except InputError as error:
            problems += 1
            print(f"  error: {error}")
        else:
            if command is not None:
                print(f"  {command}")
    return problems


@reported
def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    table = read_table(args.table, CONFIGS)
    rows = table.choose(args.rows)
    kind = args.launcher or ("pytorch" if args.gpus > 1 else "none")
    results = args.results or table.configs
    # Beside what it guards: two commands may have work folders of their own.
    store = ResultStore(results, results / ".results.lock")
    launcher = Launcher(kind, args.gpus, args.partition)
    trainer = Trainer(table.configs, args.work_dir, store, launcher)
    runs = plan(rows, args.seeds, args.cfg_options)
    for row in rows:
        if not row.config:
            print(f"{row.name}: {row.note}", flush=True)
    if args.dry_run:
        return int(announce(runs, trainer) > 0)
    failures = work_off(runs, trainer)
    for sentence in failures:
        print(f"failed: {sentence}", file=sys.stderr)
    done = len(runs) - len(failures)
    print(f"{done} of {len(runs)} runs of {table.name} are recorded")
    return int(bool(failures))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("\nstopped; the same command goes on", file=sys.stderr)
        sys.exit(130)
