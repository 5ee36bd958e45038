#!/usr/bin/env python
"""Compare the rows of a table with their baselines, over images and seeds together.

python tools/tables/run.py evidence --seeds 3 --predictions
python tools/tables/differences.py evidence
python tools/tables/show.py evidence --html evidence.html

A row takes part where run.py --predictions kept the detections of the same seeds as of its
baseline, and the other rows keep what an earlier call wrote: configs/evidence/differences.csv and
curves.csv, which show.py reads.
"""

from __future__ import annotations

import argparse
import functools
import sys
from pathlib import Path

import tinydet  # noqa: F401  (first, because mmdet needs mmcv's operators)

# isort: split
from tinydet.analysis.paired import RESAMPLES, compare
from tinydet.boxes import Boxes
from tinydet.configuration import load_config
from tinydet.errors import InputError, reported
from tinydet.evaluation.belonging import read_belonging
from tinydet.evaluation.ground_truth import read_ground_truth
from tinydet.runs.plan import Run, plan
from tinydet.runs.protocols import main_evaluator
from tinydet.runs.trainer import PREDICTIONS
from tinydet.tables.curves import logged_points, write_points
from tinydet.tables.differences import Gain, gains, write_gains
from tinydet.tables.published import Row, Table, read_table

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
MOST = 100  # seeds that are looked for


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("table", help="as for run.py")
    parser.add_argument(
        "--work-dir", type=Path, default=Path("work_dirs/tables"), help="that of run.py"
    )
    parser.add_argument("--results", type=Path, help="folder of results (default: the configs')")
    parser.add_argument("--resamples", type=int, default=RESAMPLES, help="default: %(default)s")
    return parser.parse_args(argv)


@functools.cache
def truth_of(ann: Path) -> dict:
    """Return a ground truth, read once for all rows."""
    return read_ground_truth(ann)


@functools.lru_cache(maxsize=16)
def detections_of(ann: Path, path: Path) -> Boxes:
    """Return detections; those of a baseline are read once for the rows that follow it."""
    return read_belonging(truth_of(ann), ann, path)


def kept(row: Row, work: Path) -> dict[int, tuple[Run, Path]]:
    """Return the runs of a row with kept detections, by seed."""
    found = {}
    for run in plan([row], MOST):
        path = run.folder(work) / PREDICTIONS
        if path.is_file():
            found[run.seed] = run, path
    return found


def gains_of(row: Row, table: Table, work: Path, resamples: int) -> list[Gain]:
    """Return the differences of a row from its baseline; none without a common seed."""
    (base,) = table.choose([row.baseline])
    ours, theirs = kept(row, work), kept(base, work)
    seeds = sorted(ours.keys() & theirs.keys())
    if not seeds:
        return []
    run, _ = ours[seeds[0]]
    config = load_config(table.configs / run.config, run.parsed_options())
    ann = Path(main_evaluator(config)[0]["ann_file"])
    sides = [[detections_of(ann, side[seed][1]) for seed in seeds] for side in (theirs, ours)]
    found = compare(truth_of(ann), *sides, resamples=resamples)
    return gains(table.name, row.name, row.baseline, len(seeds), found)


@reported
def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    table = read_table(args.table, CONFIGS)
    if not any(row.baseline for row in table.rows):
        raise InputError(f"table {table.name} has no column 'baseline', so nothing is compared")
    out = (args.results or table.configs) / "evidence"
    found, points = [], []
    for row in table.rows:
        for seed, (run, _) in kept(row, args.work_dir).items():
            points += logged_points(run.folder(args.work_dir), table.name, row.name, seed)
        if row.baseline:
            new = gains_of(row, table, args.work_dir, args.resamples)
            found += new
            said = next((f"AP {gain.text}" for gain in new), "-")
            print(f"{row.name} against {row.baseline}: {said}", flush=True)
    if not found and not points:
        raise InputError(
            f"{args.work_dir} has no detections of {table.name} that run.py --predictions kept; "
            "nothing is written"
        )
    out.mkdir(parents=True, exist_ok=True)
    write_gains(out / "differences.csv", found)
    write_points(out / "curves.csv", points)
    print(f"wrote {out / 'differences.csv'} and curves.csv")
    return 0


if __name__ == "__main__":
    sys.exit(main())
