#!/usr/bin/env python
"""What LFF and SARL cost: time, parameters and FLOPs against the plain network, in one run.

Each group of rows starts with the plain network; the rows after it differ by one layer. A round
takes one step of every row of a group in turn, and a ratio is the median over the rounds of
"row / plain" within a round, so that a machine that slows down slows both sides of it. Seconds
are those of the processor, on one thread, so that other programs do not count.

    python benchmarks/layers.py
    python benchmarks/layers.py --only "YOLOv8-n P2" --rounds 20 --csv layers.csv
"""

from __future__ import annotations

import argparse
import csv
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
from mmengine import Config
from mmengine.analysis import get_model_complexity_info
from mmengine.logging import MMLogger
from mmengine.registry import MODELS, init_default_scope
from torch import Tensor, nn

import tinydet  # noqa: F401  (its compat lets mmyolo be imported)

CONFIGS = Path(__file__).resolve().parents[1] / "configs"
YOLO_LFF = dict(type="tinydet.YOLOv8LFFCSPDarknet")
RESNET_LFF = dict(type="tinydet.LFFResNet")
RESNET = dict(in_channels=[256, 512, 1024, 2048])
SMALL = dict(in_channels=[128, 256, 512])
NANO = dict(in_channels=[64, 128, 256])

# group: base config, (height, width) of the FLOPs, and by row what goes into `model`
GROUPS = {
    "YOLOv8-n P2": (
        str(CONFIGS / "yolov8/_model_n_p2.py"),
        (640, 640),
        {
            "strided": {},
            "LFF 1x1": dict(backbone=YOLO_LFF),
            "LFF 3x3": dict(backbone=YOLO_LFF | dict(down_cfg=dict(kernel_size=3))),
            "LFF 3x3, 4 groups": dict(
                backbone=YOLO_LFF | dict(down_cfg=dict(kernel_size=3, groups=4))
            ),
            "SPD-Conv 1x1": dict(backbone=YOLO_LFF | dict(down_cfg=dict(attention=None))),
        },
    ),
    "YOLOv8-n": (
        "mmyolo::yolov8/yolov8_n_syncbn_fast_8xb16-500e_coco.py",
        (640, 640),
        {"plain": {}, "SARL": dict(relay=NANO)},
    ),
    "YOLOv5-s": (
        "mmyolo::yolov5/yolov5_s-v61_syncbn_fast_8xb16-300e_coco.py",
        (640, 640),
        {"plain": {}, "SARL": dict(relay=SMALL)},
    ),
    "YOLOX-s": (
        "mmyolo::yolox/yolox_s_fast_8xb8-300e_coco.py",
        (640, 640),
        {"plain": {}, "SARL": dict(relay=SMALL)},
    ),
    "Faster R-CNN R-50": (
        "mmdet::faster_rcnn/faster-rcnn_r50_fpn_1x_coco.py",
        (800, 1344),
        {
            "plain": {},
            "SARL": dict(relay=RESNET),
            "LFF 1x1": dict(backbone=RESNET_LFF),
            "SPD-Conv 1x1": dict(backbone=RESNET_LFF | dict(attention=None)),
        },
    ),
    "RetinaNet R-50": (
        "mmdet::retinanet/retinanet_r50_fpn_1x_coco.py",
        (800, 1344),
        {"plain": {}, "SARL": dict(relay=RESNET | dict(start_level=1))},
    ),
}
TARGETS = {"LFF": "1.10", "SARL": "1.15"}  # of the ratio of steps
COLUMNS = ["network", "layer", "step_ms", "step_ratio", "target", "inference_ms"]
COLUMNS += ["inference_ratio", "parameters_m", "parameters_ratio", "flops_g", "flops_ratio"]
NOTES = """\
step: forward and backward of backbone, neck and dense head (of Faster R-CNN the RPN; no RoI head),
the sum of all outputs in place of the loss, training mode, {batch} images of {side}x{side}.
inference: forward of the same in evaluation mode. Both in CPU milliseconds of one thread, medians
of {rounds} rounds; ratios are medians of "row / first row of its group" within a round.
target: the highest step_ratio that is acceptable.
parameters_m: millions, of the whole detector. flops_g: 1e9 multiply-adds of backbone, neck and
dense head by mmengine.analysis, at 640x640 or 800x1344 as in the stock config."""


class Dense(nn.Module):
    """Backbone, neck and dense head of a detector: images to a tuple of maps."""

    def __init__(self, detector: nn.Module) -> None:
        super().__init__()
        self.detector = detector

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        head = getattr(self.detector, "rpn_head", None) or self.detector.bbox_head
        return tuple(_tensors(head(self.detector.extract_feat(images))))


def _tensors(nested: object) -> list[Tensor]:
    if isinstance(nested, Tensor):
        return [nested]
    return [tensor for item in nested for tensor in _tensors(item)] if nested is not None else []


def build(base: str, change: dict) -> nn.Module:
    """Build a stock detector from random weights, changed as a row of ``GROUPS`` says."""
    init_default_scope("mmdet" if base.startswith("mmdet") else "mmyolo")
    # The model alone: mmyolo's files hold names that clash in a file of their own.
    model = Config.fromstring(f"_base_ = {base!r}", ".py").model
    model.backbone.init_cfg = None
    model.backbone.update(change.get("backbone", {}))
    if "relay" in change:
        model.neck = [dict(type="tinydet.SARL", **change["relay"]), model.neck]
    torch.manual_seed(0)
    return MODELS.build(model)


def step(network: nn.Module, images: Tensor) -> float:
    """Return the CPU seconds of a forward and a backward pass."""
    network.train().zero_grad()
    start = time.process_time()
    sum(output.sum() for output in network(images)).backward()
    return time.process_time() - start


@torch.no_grad()
def infer(network: nn.Module, images: Tensor) -> float:
    """Return the CPU seconds of a forward pass."""
    network.eval()
    start = time.process_time()
    network(images)
    return time.process_time() - start


def measure(
    networks: dict[str, nn.Module],
    images: Tensor,
    rounds: int,
    run: Callable[[nn.Module, Tensor], float],
) -> dict[str, tuple[float, float]]:
    """Return milliseconds and the ratio to the first network, medians, by network."""
    seconds = {name: [] for name in networks}
    for index in range(rounds + 1):
        for name, network in networks.items():
            taken = run(network, images)
            if index:  # the first round allocates memory and chooses kernels
                seconds[name].append(taken)
    plain = next(iter(seconds.values()))
    return {
        name: (
            1e3 * statistics.median(taken),
            statistics.median(own / base for own, base in zip(taken, plain, strict=True)),
        )
        for name, taken in seconds.items()
    }


@torch.no_grad()
def flops(network: nn.Module, size: tuple[int, int]) -> int:
    """Count the multiply-adds for one image of ``size``."""
    return get_model_complexity_info(network.eval(), (3, *size), show_table=False, show_arch=False)[
        "flops"
    ]


def rows_of(group: str, images: Tensor, rounds: int) -> list[dict[str, str]]:
    """Measure one group."""
    base, size, changes = GROUPS[group]
    networks = {name: Dense(build(base, change)) for name, change in changes.items()}
    steps = measure(networks, images, rounds, step)
    inferences = measure(networks, images, rounds, infer)
    rows, plain = [], None
    for name, network in networks.items():
        costs = sum(parameter.numel() for parameter in network.parameters()), flops(network, size)
        plain = plain or costs
        cells = [group, name, f"{steps[name][0]:.0f}", f"{steps[name][1]:.3f}"]
        cells += [TARGETS.get(name.split()[0], "")]
        cells += [f"{inferences[name][0]:.0f}", f"{inferences[name][1]:.3f}"]
        for cost, start, unit in zip(costs, plain, (1e6, 1e9), strict=True):
            cells += [f"{cost / unit:.2f}", f"{cost / start:.3f}"]
        rows.append(dict(zip(COLUMNS, cells, strict=True)))
    return rows


def main(argv: list[str] | None = None) -> int:
    """Print the table, and write it where ``--csv`` says."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", choices=list(GROUPS), nargs="+", default=list(GROUPS))
    parser.add_argument("--rounds", type=int, default=8, help="timed rounds a group")
    parser.add_argument("--batch", type=int, default=2, help="images of a timed step")
    parser.add_argument("--side", type=int, default=320, help="their side, a multiple of 64")
    parser.add_argument("--csv", type=Path, help="also write the table here")
    args = parser.parse_args(argv)
    if min(args.rounds, args.batch, args.side) < 1 or args.side % 64:
        parser.error("--rounds and --batch must be 1 or more, --side a multiple of 64")

    torch.set_num_threads(1)
    MMLogger.get_instance("mmengine", log_level="ERROR")
    images = torch.rand(args.batch, 3, args.side, args.side)
    rows = [row for group in args.only for row in rows_of(group, images, args.rounds)]
    lines = [COLUMNS, ["---"] * len(COLUMNS), *(row.values() for row in rows)]
    print("\n".join("| " + " | ".join(line) + " |" for line in lines))
    print("\n" + NOTES.format(**vars(args)) + f"\ntorch {torch.__version__}.")
    if args.csv:
        with args.csv.open("w", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
