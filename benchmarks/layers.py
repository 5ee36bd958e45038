#!/usr/bin/env python
"""The costs of LFF and SARL: time, parameters and FLOPs against the plain network, in one run.

Each group of rows starts with the plain network; the rows after it differ by one layer. A round
takes one step of every row of a group in turn, and a ratio is the median over the rounds of
"row / plain" within a round, so that a slower machine slows both sides of a ratio. Seconds are CPU
seconds of the process on one thread, which exclude other programs.

    python benchmarks/layers.py
    python benchmarks/layers.py --only "YOLOv8-n P2" --rounds 20 --csv layers.csv
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
from mmdet.structures import DetDataSample
from mmengine import Config
from mmengine.analysis import get_model_complexity_info
from mmengine.logging import MMLogger
from mmengine.registry import MODELS, init_default_scope
from mmengine.structures import InstanceData
from tables import parse_rounds, print_cells, print_heading, write_csv
from torch import Tensor, nn

import tinydet  # noqa: F401  (its compat lets mmyolo be imported)

CONFIGS = Path(__file__).resolve().parents[1] / "configs"
YOLO_LFF = dict(type="tinydet.YOLOv8LFFCSPDarknet")
RESNET_LFF = dict(type="tinydet.LFFResNet")
RESNET = dict(in_channels=[256, 512, 1024, 2048])
SMALL = dict(in_channels=[128, 256, 512])
NANO = dict(in_channels=[64, 128, 256])

# group: base config, (images, side) of a step, (height, width) of the FLOPs, and by row what goes
# into `model`
GROUPS = {
    "YOLOv8-n P2": (
        str(CONFIGS / "yolov8/_model_n-p2.py"),
        (2, 320),
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
        (2, 320),
        (640, 640),
        {"plain": {}, "SARL": dict(relay=NANO)},
    ),
    "YOLOv5-s": (
        "mmyolo::yolov5/yolov5_s-v61_syncbn_fast_8xb16-300e_coco.py",
        (2, 320),
        (640, 640),
        {"plain": {}, "SARL": dict(relay=SMALL)},
    ),
    "YOLOX-s": (
        "mmyolo::yolox/yolox_s_fast_8xb8-300e_coco.py",
        (2, 320),
        (640, 640),
        {"plain": {}, "SARL": dict(relay=SMALL)},
    ),
    "Faster R-CNN R-50": (
        "mmdet::faster_rcnn/faster-rcnn_r50_fpn_1x_coco.py",
        (1, 640),
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
        (1, 640),
        (800, 1344),
        {"plain": {}, "SARL": dict(relay=RESNET | dict(start_level=1))},
    ),
}
TARGETS = {"LFF": "1.10", "SARL": "1.15"}  # of the ratio of steps
OBJECTS = 50  # an image
COLUMNS = ["network", "layer", "step_ms", "step_ratio", "quartiles", "target", "inference_ms"]
COLUMNS += ["inference_ratio", "parameters_m", "parameters_ratio", "flops_g", "flops_ratio"]
NOTES = f"""\
step: forward, loss, backward and SGD step (of rate 0) of the detector, in training mode, frozen
stages as in the stock config; 2 images of 320 px for YOLO, 1 of 640 px for R-50, with {OBJECTS}
objects of 4-32 px each. step_ratio: median and quartiles of "row / first row of its group" within
a round.
target: the highest step_ratio that is acceptable.
inference: forward of backbone, neck and dense head (of Faster R-CNN the RPN) in evaluation mode.
parameters_m: millions, of the detector. flops_g: 1e9 multiply-adds of backbone, neck and dense head
by mmengine.analysis, at 640x640 or 800x1344 as in the stock config."""


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
    """Build a stock detector with random weights and the changes of a row of ``GROUPS``."""
    init_default_scope("mmdet" if base.startswith("mmdet") else "mmyolo")
    # The model alone: mmyolo's files hold names that clash in a file of their own.
    model = Config.fromstring(f"_base_ = {base!r}", ".py").model
    model.backbone.init_cfg = None
    model.backbone.update(change.get("backbone", {}))
    if "relay" in change:
        model.neck = [dict(type="tinydet.SARL", **change["relay"]), model.neck]
    torch.manual_seed(0)
    return MODELS.build(model)


def share_weights(detector: nn.Module, plain: nn.Module) -> None:
    """Copy neck and heads, whose outputs determine the numbers of proposals and positives."""
    for name in ("neck", "rpn_head", "roi_head", "bbox_head"):
        if name in dict(plain.named_children()):
            own = getattr(detector, name)
            own = own[-1] if isinstance(own, nn.Sequential) else own  # the host's, after SARL
            own.load_state_dict(getattr(plain, name).state_dict())


def objects(images: Tensor) -> Tensor:
    """Return ``(B, OBJECTS, 4)`` boxes as x1, y1, x2, y2, in pixels."""
    size = 4 + 28 * torch.rand(len(images), OBJECTS, 2)
    corner = torch.rand_like(size) * (images.shape[-1] - size)
    return torch.cat([corner, corner + size], 2)


def samples(detector: nn.Module, images: Tensor) -> list[DetDataSample] | dict:
    """Return annotations in the format of the losses of mmdet or of mmyolo."""
    size = tuple(images.shape[-2:])
    meta = dict(batch_input_shape=size, img_shape=size, pad_shape=size)
    boxes = objects(images)
    if type(detector).__module__.startswith("mmyolo"):
        image = torch.arange(len(images)).repeat_interleave(OBJECTS)[:, None]
        rows = torch.cat([image, 0 * image, boxes.flatten(0, 1)], 1)  # image, class, box
        return dict(bboxes_labels=rows, img_metas=[meta] * len(images))
    labels = torch.zeros(OBJECTS, dtype=torch.long)
    return [
        DetDataSample(
            metainfo=meta,
            gt_instances=InstanceData(bboxes=own, labels=labels),
            ignored_instances=InstanceData(bboxes=boxes.new_empty(0, 4), labels=labels[:0]),
        )
        for own in boxes
    ]


def training_step(network: Dense, images: Tensor) -> Callable[[], None]:
    """Return a training step of the whole detector that keeps its weights."""
    detector = network.detector
    torch.manual_seed(0)  # the same objects for every row
    annotations = samples(detector, images)
    optimizer = torch.optim.SGD(detector.parameters(), lr=0, momentum=0.9)

    def run() -> None:
        torch.manual_seed(0)  # the same random sample of proposals
        detector.train()
        optimizer.zero_grad()
        detector.parse_losses(detector.loss(images, annotations))[0].backward()
        optimizer.step()

    return run


def inference(network: Dense, images: Tensor) -> Callable[[], None]:
    """Return a forward pass."""

    @torch.no_grad()
    def run() -> None:
        network.eval()(images)

    return run


def in_turn(
    runs: dict[str, Callable[[], object]],
    rounds: int,
    clock: Callable[[], float] = time.process_time,
) -> dict[str, list[float]]:
    """Return the seconds of each round of each row, after one untimed round."""
    seconds = {name: [] for name in runs}
    for index in range(rounds + 1):
        for name in list(runs) if index % 2 else reversed(runs):  # none is always after the same
            start = clock()
            runs[name]()
            if index:  # the first round allocates memory and chooses kernels
                seconds[name].append(clock() - start)
    return seconds


def quartiles(own: list[float], plain: list[float]) -> list[float]:
    """Return the lower quartile, the median and the upper quartile of "own / plain" in a round."""
    return statistics.quantiles([a / b for a, b in zip(own, plain, strict=True)], n=4)


def cells_of(own: list[float], plain: list[float]) -> tuple[str, str, str]:
    """Return milliseconds, ratio and quartiles of the ratio."""
    low, middle, high = quartiles(own, plain)
    return f"{1e3 * statistics.median(own):.0f}", f"{middle:.3f}", f"{low:.3f}-{high:.3f}"


@torch.no_grad()
def flops(network: nn.Module, size: tuple[int, int]) -> int:
    """Count the multiply-adds for one image of ``size``."""
    return get_model_complexity_info(network.eval(), (3, *size), show_table=False, show_arch=False)[
        "flops"
    ]


def rows_of(group: str, rounds: int) -> list[dict[str, str]]:
    """Measure one group."""
    base, (count, side), size, changes = GROUPS[group]
    networks = {name: Dense(build(base, change)) for name, change in changes.items()}
    first = next(iter(networks))
    for network in networks.values():
        share_weights(network.detector, networks[first].detector)
    images = torch.rand(count, 3, side, side)
    steps, inferences = (
        in_turn({name: make(network, images) for name, network in networks.items()}, rounds)
        for make in (training_step, inference)
    )
    rows, plain = [], None
    for name, network in networks.items():
        costs = sum(parameter.numel() for parameter in network.parameters()), flops(network, size)
        plain = plain or costs
        cells = [group, name, *cells_of(steps[name], steps[first])]
        cells += [TARGETS.get(name.split()[0], "")]
        cells += cells_of(inferences[name], inferences[first])[:2]
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
    args = parse_rounds(parser, argv, 8)
    torch.set_num_threads(1)
    MMLogger.get_instance("mmengine", log_level="ERROR")
    rows = []
    print_heading(COLUMNS)
    for group in args.only:
        measured = rows_of(group, args.rounds)
        print_cells(*(row.values() for row in measured))
        rows += measured
    print(f"\n{NOTES}\ntorch {torch.__version__}, 1 thread, {args.rounds} rounds.")
    if args.csv:
        write_csv(args.csv, COLUMNS, rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
