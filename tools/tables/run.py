#!/usr/bin/env python
"""Train and test the rows of a published table that have no result yet.

python tools/tables/run.py sarl_5 --dry-run
python tools/tables/run.py sarl_5 --gpus 8 --seeds 3
python tools/tables/run.py sarl_1 --rows "Faster R-CNN" RFLA --launcher slurm --partition a100

After an interruption at any moment, repeat the command: recorded runs are skipped, and a training
resumes from its newest checkpoint. Results go to configs/<folder>/results.csv; show.py prints them
beside the published numbers. Several of these commands may run at once, on one machine or on
machines that share the folders: no run is trained twice.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tinydet.errors import InputError, reported
from tinydet.runs.commands import LAUNCHERS, Launcher
from tinydet.runs.plan import Run, plan
from tinydet.runs.queue import run_all
from tinydet.runs.trainer import Trainer
from tinydet.tables.published import read_table
from tinydet.tables.results import ResultStore

CONFIGS = Path(__file__).resolve().parents[2] / "configs"


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "table",
        help="name of a CSV in configs/tables, or path of a CSV in a tables/ folder of your own",
    )
    parser.add_argument(
        "--rows", nargs="+", metavar="ROW", help="rows to run (default: all with a config)"
    )
    parser.add_argument(
        "--seeds", type=int, default=1, metavar="N", help="run seeds 0 to N-1 (default: 1)"
    )
    parser.add_argument("--gpus", type=int, default=1, help="GPUs per training (default: 1)")
    parser.add_argument(
        "--launcher", choices=LAUNCHERS, help="default: none for one GPU, pytorch for more"
    )
    parser.add_argument("--partition", default="", help="Slurm partition")
    parser.add_argument(
        "--work-dir",
        type=Path,
        default=Path("work_dirs/tables"),
        help="folder of the work folders (default: work_dirs/tables)",
    )
    parser.add_argument("--results", type=Path, help="folder of results (default: the configs')")
    parser.add_argument(
        "--predictions",
        action="store_true",
        help="keep the detections of each test, for tools/tables/differences.py",
    )
    parser.add_argument("--dry-run", action="store_true", help="print the commands and run nothing")
    parser.add_argument(
        "--cfg-options",
        nargs="+",
        default=[],
        metavar="KEY=VALUE",
        help="options for all runs, recorded with the results; show.py leaves such runs out",
    )
    args = parser.parse_args(argv)
    if args.seeds < 1:
        parser.error("--seeds must be at least 1")
    return args


def announce(runs: Sequence[Run], trainer: Trainer) -> int:
    """Print the stage and the training command of each run; return how many have an error."""
    problems = 0
    for run in runs:
        if trainer.is_recorded(run):
            print(f"{run.title}: recorded ({run.config})")
            continue
        stage = trainer.stage(run)
        print(f"{run.title}: {stage} ({run.config})")
        try:
            command = trainer.training(run, stage)
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
    store = ResultStore(results)
    launcher = Launcher(kind, args.gpus, args.partition)
    trainer = Trainer(table.configs, args.work_dir, store, launcher, args.predictions)
    runs = plan(rows, args.seeds, args.cfg_options)
    for row in rows:
        if not row.config:
            print(f"{row.name}: {row.note}", flush=True)
    if args.dry_run:
        return int(announce(runs, trainer) > 0)
    failures = run_all(runs, trainer)
    for sentence in failures:
        print(f"failed: {sentence}", file=sys.stderr)
    done = len(runs) - len(failures)
    print(f"{done} of {len(runs)} runs of {table.name} are recorded")
    return int(bool(failures))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("\nstopped; the same command resumes", file=sys.stderr)
        sys.exit(130)
