#!/usr/bin/env python
"""The costs of box losses: of each loss alone, and of a detector's training step.

A round runs every row in turn, and a ratio is the median over the rounds of "row / peer" within a
round. Times are CPU times of the process on one thread, which exclude other programs.

    python benchmarks/losses.py
    python benchmarks/losses.py --part step --rounds 40 --csv losses.csv
"""

from __future__ import annotations

import argparse
import functools
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
from mmengine import Config
from mmengine.logging import MMLogger
from mmengine.registry import MODELS, init_default_scope
from tables import parse_checked, print_cells, print_heading, write_csv
from torch import Tensor, nn

import tinydet  # noqa: F401  (its compat lets mmyolo be imported)
from tinydet.testing.loss_rows import config_of, registered_losses

PEERS = {
    "mmyolo CIoU": dict(
        type="mmyolo.IoULoss", iou_mode="ciou", bbox_format="xyxy", return_iou=False
    ),
    "mmdet CIoU": dict(type="mmdet.CIoULoss"),
}
MORE = {
    "RSIoU": {"RSIoU unfocused": dict(focal=None)},
    "WIoU": {"WIoU v1": dict(version=1)},
}
COUNTS = (100, 1_000, 10_000)

BASE = "mmyolo::yolov8/yolov8_n_syncbn_fast_8xb16-500e_coco.py"
IN_PIXELS = dict(type="tinydet.YOLOv8PixelHead")
STEPS = {  # row: loss_bbox, changes of the head; None leaves the network as it is
    "CIoU (mmyolo)": (None, {}),
    "CIoU (mmyolo) again": (None, {}),
    "CIoU": (dict(type="tinydet.CIoULoss"), {}),
    "RSIoU": (dict(type="tinydet.RSIoULoss"), {}),
    "SFL": (dict(type="tinydet.SFLLoss"), IN_PIXELS),
    "NWD": (dict(type="tinydet.NWDLoss"), IN_PIXELS),
}
STEP = ["loss_bbox", "step_ms", "step_ratio", "lower_quartile", "upper_quartile"]
IMAGES, SIDE, OBJECTS = 2, 256, 100
NOTES = {
    "alone": """\
ms_N: forward and backward of a call with N boxes, weights and avg_factor, like the call of a head.
mmyolo_N, mmdet_N: the time over the time of mmyolo's and of mmdet's CIoU loss.""",
    "step": f"""\
step: forward, loss, backward and SGD step (of rate 0, so that all rows keep the same
positives) of YOLOv8-n, {IMAGES} pictures of {SIDE} px with {OBJECTS} objects of 4-32 px each.
step_ratio: over the first row, median and quartiles of the rounds. "again" repeats the same step:
its difference from 1 is noise. SFL and NWD include the cost of the head that passes pixels.""",
}


def timed(run: Callable[[], None], repeats: int = 1) -> float:
    """Return the seconds of this process for a run."""
    start = time.process_time()
    for _ in range(repeats):
        run()
    return (time.process_time() - start) / repeats


def in_turn(runs: dict[str, Callable[[], None]], rounds: int, repeats: int = 1) -> dict:
    """Return the seconds of each round of each row, after one untimed round."""
    seconds = {name: [] for name in runs}
    for index in range(rounds + 1):
        for name in list(runs) if index % 2 else reversed(runs):  # no fixed order
            taken = timed(runs[name], repeats)
            if index:
                seconds[name].append(taken)
    return seconds


def ratios(seconds: list[float], peer: list[float]) -> list[float]:
    """Return "row / peer" of each round."""
    return [own / other for own, other in zip(seconds, peer, strict=True)]


def losses_alone() -> dict[str, nn.Module]:
    """Build the peers and every registered loss with its defaults."""
    configs = dict(PEERS)
    for name, loss in registered_losses().items():
        for row, options in ({name: {}} | MORE.get(name, {})).items():
            configs[row] = config_of(loss) | options
    return {row: MODELS.build(config) for row, config in configs.items()}


def boxes(count: int, side: float, seed: int) -> tuple[Tensor, Tensor]:
    """Return ``(count, 4)`` predictions near objects of 4-32 px, and these objects."""
    generator = torch.Generator().manual_seed(seed)
    corner, size, shift, growth = torch.rand(4, count, 2, generator=generator)
    size = 4 + 28 * size**2
    corner = corner * (side - size)
    target = torch.cat([corner, corner + size], 1)
    pred = target + 0.3 * torch.cat([size, size], 1) * torch.cat([shift - 0.5, growth], 1)
    return pred, target


def call(loss: nn.Module, count: int) -> Callable[[], None]:
    pred, target = boxes(count, 800, seed=0)
    pred.requires_grad_()
    weight = torch.ones(count)

    def run() -> None:
        pred.grad = None
        loss(pred, target, weight=weight, avg_factor=count).backward()

    return run


def table_alone(rounds: int) -> list[dict[str, str]]:
    """Measure every loss alone."""
    built = losses_alone()
    rows = {name: {"loss": name} for name in built}
    for count in COUNTS:
        calls = {name: call(loss, count) for name, loss in built.items()}
        seconds = in_turn(calls, rounds, repeats=max(1, 2_000 // count))
        for name, taken in seconds.items():
            rows[name][f"ms_{count}"] = f"{1e3 * statistics.median(taken):.2f}"
            for peer in PEERS:
                ratio = statistics.median(ratios(taken, seconds[peer]))
                rows[name][f"{peer.split()[0]}_{count}"] = f"{ratio:.2f}"
    return list(rows.values())


def detector_with(loss_bbox: dict | None, head: dict) -> nn.Module:
    """Build YOLOv8-n with a box loss of the weight and the reduction of the stock one."""
    init_default_scope("mmyolo")
    # The model alone: mmyolo's files hold names that clash in a file of their own.
    model = Config.fromstring(f"_base_ = {BASE!r}", ".py").model
    model.bbox_head.update(head)
    if loss_bbox:
        stock = model.bbox_head.loss_bbox
        kept = dict(reduction=stock.reduction, loss_weight=stock.loss_weight)
        model.bbox_head.loss_bbox = loss_bbox | kept
    torch.manual_seed(0)
    return MODELS.build(model).train()


def training_steps() -> dict[str, Callable[[], None]]:
    """Return a training step of each row; all rows share one network and differ in the head."""
    detectors = {name: detector_with(*row) for name, row in STEPS.items()}
    first = next(iter(detectors.values()))
    for detector in detectors.values():
        detector.backbone, detector.neck = first.backbone, first.neck
        detector.bbox_head.head_module = first.bbox_head.head_module
    optimizer = torch.optim.SGD(first.parameters(), lr=0, momentum=0.9)
    images = torch.rand(IMAGES, 3, SIDE, SIDE)
    objects = torch.cat([boxes(OBJECTS, SIDE, seed)[1] for seed in range(IMAGES)])
    image = torch.arange(IMAGES).repeat_interleave(OBJECTS)[:, None]
    samples = dict(
        bboxes_labels=torch.cat([image, image * 0, objects], 1),
        img_metas=[dict(batch_input_shape=(SIDE, SIDE))] * IMAGES,
    )

    def run(detector: nn.Module) -> None:
        optimizer.zero_grad()
        sum(detector.loss(images, samples).values()).backward()
        optimizer.step()

    return {name: functools.partial(run, detector) for name, detector in detectors.items()}


def table_step(rounds: int) -> list[dict[str, str]]:
    """Measure the training step with each loss."""
    seconds = in_turn(training_steps(), rounds)
    rows = []
    for name, taken in seconds.items():
        each = ratios(taken, next(iter(seconds.values())))
        low, middle, high = statistics.quantiles(each, n=4)
        cells = [f"{1e3 * statistics.median(taken):.0f}", f"{middle:.3f}", f"{low:.3f}"]
        rows.append(dict(zip(STEP, [name, *cells, f"{high:.3f}"], strict=True)))
    return rows


def main(argv: list[str] | None = None) -> int:
    """Print the tables, and write them where ``--csv`` says."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parts = {"alone": table_alone, "step": table_step}
    parser.add_argument("--part", choices=list(parts), nargs="+", default=list(parts))
    parser.add_argument("--rounds", type=int, default=30, help="timed rounds a table, at least 2")
    parser.add_argument("--csv", type=Path, help="also write them here; steps in *_step.csv")
    args = parse_checked(parser, argv)

    torch.set_num_threads(1)
    MMLogger.get_instance("mmengine", log_level="ERROR")
    for part in args.part:
        rows = parts[part](args.rounds)
        columns = list(rows[0])
        print_heading(columns)
        print_cells(*(row.values() for row in rows))
        print(f"\n{NOTES[part]}\n", flush=True)
        if args.csv:
            file = args.csv if part == "alone" else args.csv.with_stem(f"{args.csv.stem}_step")
            write_csv(file, columns, rows)
    print(f"torch {torch.__version__}, 1 thread, {args.rounds} rounds.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
