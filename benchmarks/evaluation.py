#!/usr/bin/env python
"""AI-TOD evaluation: time and memory of ours against pycocotools, which the official code is.

python benchmarks/evaluation.py
python benchmarks/evaluation.py --case 2000x300 --csv evaluation.csv

Each cell is a process of its own, fed with the same arrays: time of one evaluation by all ten
thresholds, five areas and three limits, and the peak memory of the process above what it had
before. ``without oLRP`` leaves out the second matching of the ``faster`` backend; the official
code computes oLRP in its accumulation, pycocotools does not compute it at all.
"""

from __future__ import annotations

import argparse
import csv
import multiprocessing
import resource
import sys
import time
from pathlib import Path
from unittest import mock

import numpy as np

from tinydet.evaluation.aitod import evaluate_detailed
from tinydet.evaluation.detections import Detections

CASES = {"200x1500": (200, 1500), "2000x300": (2000, 300)}  # images x detections an image
PEERS = ("pycocotools", "faster", "faster without oLRP")
NUM_CLASSES = 8


def make_case(num_images: int, per_image: int) -> tuple[dict, Detections]:
    """Return ground truth with half as many objects as detections, which are jittered copies."""
    rng = np.random.default_rng(0)
    count = num_images * per_image
    corner, size = rng.uniform(0, 760, (count, 2)), rng.lognormal(2.4, 0.5, (count, 2))
    boxes = np.concatenate([corner, size], 1)
    image_ids = np.repeat(np.arange(1, num_images + 1), per_image)
    category_ids = rng.integers(1, NUM_CLASSES + 1, count)
    objects = [
        dict(id=number, image_id=image_id, category_id=category_id, bbox=box, area=box[2] * box[3])
        for number, (image_id, category_id, box) in enumerate(
            zip(
                image_ids[::2].tolist(),
                category_ids[::2].tolist(),
                boxes[::2].tolist(),
                strict=True,
            ),
            start=1,
        )
    ]
    truth = dict(
        images=[dict(id=index) for index in range(1, num_images + 1)],
        categories=[dict(id=c, name=str(c)) for c in range(1, NUM_CLASSES + 1)],
        annotations=[dict(row, iscrowd=0) for row in objects],
    )
    jittered = boxes + rng.normal(0, 1, boxes.shape) * [1, 1, 0.5, 0.5]
    jittered[:, 2:] = jittered[:, 2:].clip(1)
    return truth, Detections(image_ids, category_ids, jittered, rng.random(count))


def measure(peer: str, case: str) -> tuple[float, float, float]:
    """Return seconds, MiB and AP of one evaluation."""
    truth, detections = make_case(*CASES[case])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    patches = []
    if peer.endswith("without oLRP"):
        patches.append(
            mock.patch(
                "tinydet.evaluation.faster_backend.hits",
                lambda *_: np.full(len(_[2]), np.nan),
            )
        )
    for patch in patches:
        patch.start()
    start = time.perf_counter()
    result = evaluate_detailed(truth, detections, backend=peer.split()[0])
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return seconds, (peak - before) / 1024, result.summary["AP"]


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--case", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--csv", type=Path)
    args = parser.parse_args(argv)
    print("| images x detections | evaluator | s | times pycocotools | MiB | AP |")
    print("|---|---|---|---|---|---|")
    rows = []
    for case in args.case:
        reference = None
        for peer in PEERS:
            # Spawned, so that no cell inherits the memory of another.
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                seconds, mib, precision = pool.apply(measure, (peer, case))
            reference = reference or seconds
            row = [case, peer, f"{seconds:.2f}", f"{reference / seconds:.1f}", f"{mib:.0f}"]
            rows.append([*row, f"{precision:.6f}"])
            print("| " + " | ".join(rows[-1]) + " |", flush=True)
    if args.csv:
        with args.csv.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["case", "evaluator", "seconds", "speed-up", "MiB", "AP"])
            writer.writerows(rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
