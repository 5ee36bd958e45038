#!/usr/bin/env python
"""Time and peak memory of label assigners on one dense image, against mmdet's MaxIoUAssigner.

An 800x800 image with strides 4 to 64 and three anchors at each location has 159,882 priors. Each
cell of the table runs in its own process, to measure its memory alone. "Every pair" computes the
NWD of all pairs, in blocks, and assigns by NWDAssigner's rule; both results must be equal.

mmdet needs 14 GiB at 2,600 objects.

    python benchmarks/assigners.py
    python benchmarks/assigners.py --objects 100 500 --only MaxIoU NWD --csv assigners.csv
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
from mmdet.models.task_modules import AnchorGenerator
from mmdet.models.task_modules.assigners import MaxIoUAssigner as MMDetMaxIoUAssigner
from mmengine.structures import InstanceData
from tables import write_csv
from torch import Tensor

from tinydet.task_modules import (
    HierarchicalAssigner,
    MaxIoUAssigner,
    NWDAssigner,
    RankingAssigner,
    RFAnchorGenerator,
    SimDAssigner,
)
from tinydet.task_modules.similarities import build_similarity

IMAGE = 800
STRIDES = [4, 8, 16, 32, 64]
OBJECTS = [10, 100, 500, 1500, 2600]
C = 12.7  # px, AI-TOD-v2
PEER, REFERENCE = "mmdet MaxIoU", "every pair, NWD"
COLUMNS = ["assigner", "objects", "seconds", "peak_mib", "seconds_to_mmdet", "equal_to_every_pair"]
NOTES = """\
A cell: CPU seconds of one assign() (the minimum of the rounds), peak memory above the memory of the
process before the call, and mmdet's seconds over the row's seconds. Priors are anchors of scale 8,
for RFLA receptive fields."""


class EveryPair:
    """NWDAssigner's rule on the similarities of all pairs, a block of objects at a time."""

    def __init__(self, pairs_at_once: int = 1 << 20) -> None:
        self.pairs_at_once = pairs_at_once
        self.similarity = build_similarity(self, "nwd", C)

    def assign(self, pred: InstanceData, gt: InstanceData) -> InstanceData:
        """Return ``gt_inds`` ``(N,)``."""
        priors, gts = pred.priors, gt.bboxes
        count = len(priors)
        best, owner = torch.zeros(count, dtype=torch.float64), torch.zeros(count, dtype=torch.long)
        claim, claimant = best.clone(), owner.clone()
        step = max(1, self.pairs_at_once // count)
        for first in range(0, len(gts), step):
            block = gts[first : first + step]
            pairs = block.repeat_interleave(count, 0)
            table = self.similarity.aligned(priors.repeat(len(block), 1), pairs).view(-1, count)
            value, who = table.max(0)
            better = value > best
            best, owner = torch.where(better, value, best), torch.where(better, first + who, owner)
            for row, (top, prior) in enumerate(zip(*table.max(1), strict=True), first):
                if top >= 0.3 and top > claim[prior]:
                    claim[prior], claimant[prior] = top, row
        inds = torch.where(best < 0.3, 0, -1)
        inds[claim > 0] = claimant[claim > 0] + 1
        inds[best >= 0.7] = owner[best >= 0.7] + 1
        return InstanceData(gt_inds=inds)


ASSIGNERS: dict[str, Callable[[], object]] = {
    PEER: lambda: MMDetMaxIoUAssigner(0.7, 0.3, 0.3),
    REFERENCE: EveryPair,
    "MaxIoU": lambda: MaxIoUAssigner(0.7, 0.3, 0.3),
    "NWD": lambda: NWDAssigner(C),
    "NWD-RKA": lambda: RankingAssigner(topk=2, constant=C),
    "RFLA": HierarchicalAssigner,
    "SimD": lambda: SimDAssigner(m=6.13, n=4.59),
}


def priors_of(name: str) -> Tensor:
    """Return ``(159882, 4)`` anchors."""
    if name == "RFLA":
        generator = RFAnchorGenerator(STRIDES)
    else:
        generator = AnchorGenerator(STRIDES, [0.5, 1.0, 2.0], [8])
    sizes = [(-(-IMAGE // stride),) * 2 for stride in STRIDES]
    return torch.cat(generator.grid_priors(sizes, device="cpu"))


def objects(count: int) -> InstanceData:
    """Return boxes with sizes like AI-TOD's: log-normal, mean about 13 px, 2 to 64 px."""
    random = torch.Generator().manual_seed(count)
    size = (11.5 * torch.exp(0.5 * torch.randn(count, 2, generator=random))).clamp(2, 64)
    center = IMAGE * torch.rand(count, 2, generator=random)
    boxes = torch.cat([center - size / 2, center + size / 2], 1)
    return InstanceData(bboxes=boxes, labels=torch.randint(8, (count,), generator=random))


def resident() -> int:
    """Return the memory of this process, KiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() // 1024


def measure(name: str, count: int, rounds: int) -> dict[str, float | str]:
    """Run one cell in this process."""
    assigner, pred, gt = ASSIGNERS[name](), InstanceData(priors=priors_of(name)), objects(count)
    assigner.assign(pred[:1000], gt[:10])  # warm-up
    before, seconds = resident(), []
    while len(seconds) < rounds and sum(seconds) < 10:  # a slow cell needs no second round
        start = time.process_time()
        result = assigner.assign(pred, gt)
        seconds.append(time.process_time() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    digest = hashlib.sha256(result.gt_inds.numpy().tobytes()).hexdigest()
    return dict(seconds=min(seconds), peak_mib=peak / 1024, digest=digest)


def in_own_process(name: str, count: int, args: argparse.Namespace) -> dict | None:
    """Return what :func:`measure` found, or ``None`` where the process died."""
    command = [sys.executable, __file__, "--cell", name, str(count), "--rounds", str(args.rounds)]
    environment = dict(os.environ, OMP_NUM_THREADS=str(args.threads))
    command += ["--threads", str(args.threads)]
    run = subprocess.run(command, capture_output=True, text=True, env=environment)
    if run.returncode:
        print(f"{name} at {count}: {run.stderr.strip()[-200:] or run.returncode}", file=sys.stderr)
        return None
    return json.loads(run.stdout.splitlines()[-1])


def rows_of(count: int, args: argparse.Namespace) -> list[dict[str, str]]:
    """Measure all assigners at a number of objects."""
    cells = {name: in_own_process(name, count, args) for name in args.only}
    peer, reference = cells.get(PEER), cells.get(REFERENCE)
    rows = []
    for name, cell in cells.items():
        row = dict.fromkeys(COLUMNS, "") | dict(assigner=name, objects=str(count))
        if cell is None:
            row["seconds"] = "fails"
        else:
            row |= dict(seconds=f"{cell['seconds']:.3f}", peak_mib=f"{cell['peak_mib']:.0f}")
            if peer:
                row["seconds_to_mmdet"] = f"{cell['seconds'] / peer['seconds']:.4f}"
            if reference and name == "NWD":
                row["equal_to_every_pair"] = str(cell["digest"] == reference["digest"])
        rows.append(row)
    return rows


def print_table(rows: list[dict[str, str]], names: list[str], counts: list[int]) -> None:
    """Print a line an assigner, a column a number of objects."""
    print("| assigner | " + " | ".join(f"M = {count:,}" for count in counts) + " |")
    print("|---" * (len(counts) + 1) + "|")
    cells = {(row["assigner"], row["objects"]): row for row in rows}
    for name in names:
        line = []
        for count in counts:
            row = cells[name, str(count)]
            text = row["seconds"]
            if row["peak_mib"]:
                text = f"{row['seconds']} s, {row['peak_mib']} MiB"
            if row["seconds_to_mmdet"] and name != PEER:
                text += f", {1 / float(row['seconds_to_mmdet']):.1f}x"
            line.append(text)
        print(f"| {name} | " + " | ".join(line) + " |")
    equal = [row["objects"] for row in rows if row["equal_to_every_pair"] == "True"]
    unequal = [row["objects"] for row in rows if row["equal_to_every_pair"] == "False"]
    if equal or unequal:
        print(f"\nNWD equals every pair at M = {', '.join(equal) or 'none'}", end="")
        print(f"; differs at {', '.join(unequal)}" if unequal else "")


def main(argv: list[str] | None = None) -> int:
    """Print the table, and write it where ``--csv`` says."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", choices=list(ASSIGNERS), nargs="+", default=list(ASSIGNERS))
    parser.add_argument("--objects", type=int, nargs="+", default=OBJECTS)
    parser.add_argument("--rounds", type=int, default=3, help="of a cell below 10 s")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--csv", type=Path, help="also write the table here")
    parser.add_argument("--cell", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args(argv)

    torch.set_num_threads(args.threads)
    if args.cell:
        print(json.dumps(measure(args.cell[0], int(args.cell[1]), args.rounds)))
        return 0
    rows = [row for count in args.objects for row in rows_of(count, args)]
    print_table(rows, args.only, args.objects)
    print(f"\n{NOTES}\ntorch {torch.__version__}, {args.threads} thread(s).")
    if args.csv:
        write_csv(args.csv, COLUMNS, rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
