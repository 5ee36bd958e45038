#!/usr/bin/env python
"""AI-TOD evaluation: time and memory of ours beside pycocotools and its fast peers, in one run.

python benchmarks/evaluation.py
python benchmarks/evaluation.py --case 2000x300 --rounds 9 --csv evaluation.csv

Every evaluator starts from the same ground truth, a COCO dictionary, and the same detections, an
array, by its own fastest way in, with ten thresholds, five areas and three limits, on one thread.
Each time is that of a process of its own: processor seconds of the evaluation, and the peak of
its memory above what it had before. The evaluators take turns, round by round, and a ratio is the
median over the rounds; pycocotools, which takes minutes, runs once a case. Peers that are not
installed (pip install hotcoco==1.3.0 faster-coco-eval==1.8.0) are left out.

oLRP is ours alone: the official code computes it, the peers do not. "ground truth checked" adds
what is done once a file: its structure, its boxes and areas are looked at, one by one.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import gzip
import importlib
import importlib.util
import io
import json
import multiprocessing
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import numpy as np

from tinydet.boxes import Boxes
from tinydet.evaluation.aitod import evaluate_detailed, evaluate_read
from tinydet.evaluation.backends import load_backend
from tinydet.evaluation.ground_truth import coco_of
from tinydet.evaluation.protocol import Protocol

CASES = {"200x1500": (200, 1500), "2000x300": (2000, 300)}  # images x detections an image
NUM_CLASSES = 8
ORACLE = Path(__file__).parents[1] / "tests/data/aitod_cases.json.gz"
PROTOCOL = Protocol.of()


class Cost(NamedTuple):
    """What one evaluation took, and the AP that it gave."""

    seconds: float
    mib: float
    precision: float


def make_case(num_images: int, per_image: int) -> tuple[dict, Boxes]:
    """Return ground truth with half as many objects as detections, which are jittered copies."""
    rng = np.random.default_rng(0)
    count = num_images * per_image
    corner, size = rng.uniform(0, 760, (count, 2)), rng.lognormal(2.4, 0.5, (count, 2))
    boxes = np.concatenate([corner, size], 1)
    image_ids = np.repeat(np.arange(1, num_images + 1), per_image)
    category_ids = rng.integers(1, NUM_CLASSES + 1, count)
    objects = Boxes(boxes, category_ids, None, image_ids, "xywh")[::2]
    truth = coco_of(objects, np.zeros(len(objects), bool), num_images, NUM_CLASSES)
    jittered = boxes + rng.normal(0, 1, boxes.shape) * [1, 1, 0.5, 0.5]
    jittered[:, 2:] = jittered[:, 2:].clip(1)
    return truth, Boxes(jittered, category_ids, rng.random(count), image_ids, "xywh")


def peer(package: str, database: str, evaluator: str) -> Callable[[dict, Boxes], float]:
    """Return the evaluation of a package with pycocotools' interface."""

    def evaluate(truth: dict, detections: Boxes) -> float:
        coco_class = importlib.import_module(database).COCO
        eval_class = getattr(importlib.import_module(package), evaluator)
        columns = (detections.image_ids, detections.xywh, detections.scores, detections.class_ids)
        rows = np.column_stack(columns).astype(np.float64)
        if package.startswith("pycocotools"):  # whose constructor takes a file alone
            ground_truth = coco_class()
            ground_truth.dataset = truth
            ground_truth.createIndex()
        else:
            ground_truth = coco_class(truth)
        measured = eval_class(ground_truth, ground_truth.loadRes(rows), "bbox")
        PROTOCOL.write_to(measured.params)
        measured.evaluate()
        measured.accumulate()
        precision = np.asarray(measured.eval["precision"])[:, :, :, 0, -1]
        return float(precision[precision > -1].mean())

    return evaluate


def ours(truth: dict, detections: Boxes) -> float:
    return evaluate_read(truth, detections, PROTOCOL, load_backend("ultrafast")).summary["AP"]


def ours_without_olrp(truth: dict, detections: Boxes) -> float:
    nothing = [(np.empty(0), np.empty(0))] * NUM_CLASSES
    where = "tinydet.evaluation.ultrafast_backend._first_matches"
    with mock.patch(where, return_value=nothing):
        return ours(truth, detections)


def ours_checked(truth: dict, detections: Boxes) -> float:
    return evaluate_detailed(truth, detections).summary["AP"]


PEERS = {
    "pycocotools": peer("pycocotools.cocoeval", "pycocotools.coco", "COCOeval"),
    "faster-coco-eval": peer("faster_coco_eval", "faster_coco_eval", "COCOeval_faster"),
    "hotcoco": peer("hotcoco", "hotcoco", "COCOeval"),
    "ultrafast-pycocotools": peer("ultrafast_pycocotools", "ultrafast_pycocotools", "COCOeval"),
}
OURS = {
    "ours without oLRP": ours_without_olrp,
    "ours": ours,
    "ours, ground truth checked": ours_checked,
}
EVALUATORS = PEERS | OURS


def measure(name: str, case: str) -> Cost:
    """Run one evaluation, in a process that does nothing else."""
    truth, detections = make_case(*CASES[case])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with contextlib.redirect_stdout(io.StringIO()):
        start = time.process_time()
        precision = EVALUATORS[name](truth, detections)
        seconds = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return Cost(seconds, (peak - before) / 1024, precision)


def apart(name: str, case: str) -> Cost:
    """Measure in a process of its own, which inherits no memory of another."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(measure, (name, case))


def rows_of(case: str, names: list[str], rounds: int) -> list[list[str]]:
    """Let the evaluators take turns and return a row each."""
    slow = names[0]
    costs: dict[str, list[Cost]] = {name: [] for name in names}
    for number in range(rounds):
        for name in names:
            if name != slow or number == 0:
                costs[name].append(apart(name, case))
    reference = costs[slow][0]
    # Of the peers the one with the smallest time of all its rounds.
    best = {name: min(cost.seconds for cost in costs[name]) for name in names if name in PEERS}
    fastest = costs[min(best, key=best.get)]
    rows = []
    for name, own in costs.items():
        median = statistics.median(cost.seconds for cost in own)
        ratio = statistics.median(
            cost.seconds / other.seconds for cost, other in zip(own, fastest, strict=False)
        )
        rows.append(
            [
                case,
                name,
                f"{median:.2f}",
                f"{reference.seconds / median:.1f}",
                f"{ratio:.2f}",
                f"{max(cost.mib for cost in own):.0f}",
                f"{own[0].precision:.9f}",
                f"{abs(own[0].precision - reference.precision):.0e}",
            ]
        )
    return rows


def oracle() -> str:
    """Return how far ours is from the official evaluator's numbers on the project's cases."""
    largest = count = 0
    for case in json.loads(gzip.decompress(ORACLE.read_bytes()))["cases"]:
        if case["expected"]:
            names = dict(maxDets="max_dets", iouThrs="iou_thrs", catIds="category_ids")
            options = {names[key]: value for key, value in case["params"].items()}
            result = evaluate_detailed(case["gt"], case["dt"], **options)
            classes = {row["id"]: row["name"] for row in case["gt"]["categories"]}
            pairs = [(result.summary[key], value) for key, value in case["expected"].items()]
            for number, expected in case["expected_per_class"].items():
                mine = result.per_class[classes[int(number)]]
                pairs += [(mine[k], v) for k, v in expected.items() if v is not None]
            largest = max(largest, *(abs(mine - theirs) for mine, theirs in pairs))
            count += 1
    return f"{count} cases of the official evaluator: largest difference {largest:.1e}"


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--case", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    parser.add_argument("--csv", type=Path)
    args = parser.parse_args(argv)
    os.environ.update(OMP_NUM_THREADS="1", RAYON_NUM_THREADS="1")  # of the processes to come
    names = [
        name
        for name in EVALUATORS
        if name in OURS or importlib.util.find_spec(name.replace("-", "_"))
    ]
    header = ["case", "evaluator", "s", "times pycocotools", "of the fastest peer", "MiB", "AP"]
    header.append("off pycocotools")
    print("| " + " | ".join(header) + " |\n" + "|---" * len(header) + "|")
    rows = []
    for case in args.case:
        for row in rows_of(case, names, args.rounds):
            rows.append(row)
            print("| " + " | ".join(row) + " |", flush=True)
    print(oracle())
    if args.csv:
        with args.csv.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([header, *rows])
    return 0


if __name__ == "__main__":
    sys.exit(main())
