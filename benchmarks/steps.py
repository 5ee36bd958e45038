#!/usr/bin/env python
r"""A training step against Ultralytics' and against the same detector with upstream's assigner.

A round takes one step of each side in turn, and a ratio is the median over the rounds of
"ours / theirs" within a round, so that a slower machine slows both sides. Seconds are CPU seconds
of the process on one thread, which exclude other programs; on a quiet machine `--threads 2 --wall`
measures wall time on two threads.

Ultralytics (AGPL) is not a dependency of this project. Without Ultralytics its columns stay empty:

    python -m venv --system-site-packages ../ultralytics
    ls -d .venv/lib/python*/site-packages > \
        "$(echo ../ultralytics/lib/python*/site-packages)/project.pth"
    ../ultralytics/bin/pip install --no-deps ultralytics
    YOLO_CONFIG_DIR=../ultralytics ../ultralytics/bin/python benchmarks/steps.py

    python benchmarks/steps.py --only YOLOX-s --objects 100 --rounds 3 --csv steps.csv
"""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import torch
from layers import CONFIGS, in_turn, quartiles
from mmengine import Config
from mmengine.logging import MMLogger
from mmengine.registry import MODELS, init_default_scope
from tables import parse_checked, print_cells, print_heading, write_csv
from torch import Tensor, nn

import tinydet  # noqa: F401  (its compat lets mmyolo be imported)

IMAGES, SIDE, CLASSES = 8, 320, 8
TASK_ALIGNED, SIMOTA = "mmyolo.BatchTaskAlignedAssigner", "mmdet.SimOTAAssigner"
# network: our config, the assigner of its upstream, and Ultralytics' model of the same size
NETWORKS = {
    "YOLOv8-n P2": ("yolov8/yolov8_n-p2_1500e_aitod.py", TASK_ALIGNED, "yolov8n-p2.yaml"),
    "LR-Net-n": ("lrnet/lrnet_n_1500e_aitod.py", TASK_ALIGNED, "yolov8n-p2.yaml"),
    "YOLOX-s": ("yolox/yolox_s_300e_aitod.py", SIMOTA, None),
}
DENSE = 300  # objects an image from which upstream's tables take more than 2 GB
OURS, UPSTREAM, PEER = "ours", "upstream's assigner", "Ultralytics"
COLUMNS = ["network", "objects", "what", "ours_s", "to_ultralytics", "quartiles"]
COLUMNS += ["to_upstreams_assigner", "to_fewest_objects"]
NOTES = f"""\
{IMAGES} images of {SIDE} px, {CLASSES} classes, objects of 4-32 px, random weights, training mode.
step: forward, loss, backward and SGD step (of rate 0). loss: forward of the loss alone, from given
outputs of the head; Ultralytics' includes the decoding of boxes, which mmyolo counts to the head.
to_ultralytics, to_upstreams_assigner: median (quartiles) of "ours / theirs" within a round; beside
LR-Net-n stands Ultralytics' YOLOv8-n P2. Upstream's assigners are left out above {DENSE} objects,
where their tables take gigabytes. to_fewest_objects: our seconds to ours at the fewest objects.
Targets: step at most 1.03 of Ultralytics', loss at most 0.06 s at 100 objects, step at 1,000
objects at most 1.5 of that at 100."""


class Runs:
    """A detector of ours on one batch, as functions to time."""

    def __init__(self, config: str, assigner: str | None, batch: tuple[Tensor, ...]) -> None:
        model = Config.fromfile(CONFIGS / config).model
        model.backbone.init_cfg = model.init_cfg = None
        if assigner is not None:
            model.train_cfg.assigner.type = assigner
        init_default_scope("mmyolo")
        torch.manual_seed(0)
        self.network = MODELS.build(model).train()
        self.images, image, label, boxes = batch
        meta = dict(batch_input_shape=(SIDE, SIDE), img_shape=(SIDE, SIDE))
        self.rows = torch.cat([image[:, None], label[:, None], boxes], 1)
        self.metas = [meta] * len(self.images)

    def loss(self) -> Tensor:
        """Return the loss of the batch."""
        samples = dict(bboxes_labels=self.rows, img_metas=self.metas)
        return self.network.parse_losses(self.network.loss(self.images, samples))[0]

    def loss_alone(self) -> Callable[[], object]:
        """Return the loss as a function of outputs computed now."""
        head = self.network.bbox_head
        outputs = head(self.network.extract_feat(self.images))
        return lambda: head.loss_by_feat(*outputs, self.rows, self.metas)


class UltralyticsRuns:
    """Ultralytics' counterpart of :class:`Runs`."""

    def __init__(self, model: str, batch: tuple[Tensor, ...]) -> None:
        detection_model, get_cfg = ultralytics()
        torch.manual_seed(0)
        self.network = detection_model(model, nc=CLASSES, verbose=False).train()
        self.network.args = get_cfg()
        images, image, label, boxes = batch
        low, high = boxes.split(2, 1)
        places = torch.cat([(low + high) / 2, high - low], 1) / SIDE
        self.batch = dict(img=images, batch_idx=image, cls=label[:, None], bboxes=places)

    def loss(self) -> Tensor:
        return self.network(self.batch)[0].sum()

    def loss_alone(self) -> Callable[[], object]:
        criterion, outputs = self.network.init_criterion(), self.network(self.batch["img"])
        return lambda: criterion(outputs, self.batch)


def ultralytics() -> tuple[Callable, Callable]:
    """Import Ultralytics' model and its settings.

    It asks for the version of torchvision when it is imported, and for nothing else of it here.
    """
    version = importlib.metadata.version
    try:
        version("torchvision")
    except importlib.metadata.PackageNotFoundError:
        known = {"torchvision": "0.0"}
    else:
        known = {}
    os.environ.setdefault("YOLO_VERBOSE", "False")
    with mock.patch("importlib.metadata.version", lambda name: known.get(name) or version(name)):
        from ultralytics.cfg import get_cfg
        from ultralytics.nn.tasks import DetectionModel
    return DetectionModel, get_cfg


def installed() -> str | None:
    """Return the version of Ultralytics, if it is installed."""
    try:
        return importlib.metadata.version("ultralytics")
    except importlib.metadata.PackageNotFoundError:
        return None


def draw(objects: int) -> tuple[Tensor, ...]:
    """Return images, and for their objects the image's number, label and box ``(n, 4)``, px."""
    torch.manual_seed(0)
    size = 4 + 28 * torch.rand(IMAGES * objects, 2)
    corner = torch.rand_like(size) * (SIDE - size)
    image = torch.arange(IMAGES).repeat_interleave(objects).float()
    label = torch.randint(CLASSES, image.shape).float()
    return torch.rand(IMAGES, 3, SIDE, SIDE), image, label, torch.cat([corner, corner + size], 1)


def step_of(network: nn.Module, loss: Callable[[], Tensor]) -> Callable[[], None]:
    """Return a training step that keeps the weights."""
    optimizer = torch.optim.SGD(network.parameters(), lr=0, momentum=0.9)

    def step() -> None:
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()

    return step


def measure(
    name: str, objects: int, rounds: int, clock: Callable[[], float]
) -> dict[str, dict[str, list[float]]]:
    """Return the seconds of each round, for the step and the loss of each side."""
    config, assigner, peer = NETWORKS[name]
    batch = draw(objects)
    sides: dict[str, Runs | UltralyticsRuns] = {OURS: Runs(config, None, batch)}
    if objects <= DENSE:
        sides[UPSTREAM] = Runs(config, assigner, batch)
    if peer and installed():
        sides[PEER] = UltralyticsRuns(peer, batch)
    for side, runs in sides.items():
        count = sum(parameter.numel() for parameter in runs.network.parameters())
        print(f"{name}, {side}: {count / 1e6:.2f} M parameters", file=sys.stderr)
    steps = {side: step_of(runs.network, runs.loss) for side, runs in sides.items()}
    losses = {side: runs.loss_alone() for side, runs in sides.items()}
    return dict(step=in_turn(steps, rounds, clock), loss=in_turn(losses, rounds, clock))


def rows_of(name: str, counts: list[int], rounds: int, clock: Callable[[], float]) -> list[dict]:
    """Measure a network with each number of objects."""
    rows, fewest = [], {}
    for objects in counts:
        for what, seconds in measure(name, objects, rounds, clock).items():
            ours = statistics.median(seconds[OURS])
            cells = [name, str(objects), what, f"{ours:.3f}"]
            cells += ratio(seconds, PEER) + ratio(seconds, UPSTREAM)[:1]
            cells += [f"{ours / fewest.setdefault(what, ours):.2f}"]
            rows.append(dict(zip(COLUMNS, cells, strict=True)))
    return rows


def ratio(seconds: dict[str, list[float]], theirs: str) -> list[str]:
    """Return median and quartiles of "ours / theirs", empty if not measured."""
    if theirs not in seconds:
        return ["", ""]
    low, middle, high = quartiles(seconds[OURS], seconds[theirs])
    return [f"{middle:.3f}", f"{low:.3f}-{high:.3f}"]


def main(argv: list[str] | None = None) -> int:
    """Print the table, and write it where ``--csv`` says."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", choices=list(NETWORKS), nargs="+", default=list(NETWORKS))
    parser.add_argument("--objects", type=int, nargs="+", default=[100, 1000], help="an image")
    parser.add_argument("--rounds", type=int, default=8, help="timed rounds, at least 2")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--wall", action="store_true", help="wall time in place of CPU time")
    parser.add_argument("--csv", type=Path, help="also write the table here")
    args = parse_checked(parser, argv)

    torch.set_num_threads(args.threads)
    MMLogger.get_instance("mmengine", log_level="ERROR")
    clock = time.perf_counter if args.wall else time.process_time
    if not installed():
        print("Ultralytics is not installed: its columns stay empty (--help says how to install)")
    rows = []
    print_heading(COLUMNS)
    for name in args.only:
        measured = rows_of(name, sorted(args.objects), args.rounds, clock)
        print_cells(*(row.values() for row in measured))
        rows += measured
    what = "wall" if args.wall else "CPU"
    print(f"\n{NOTES}\ntorch {torch.__version__}, Ultralytics {installed()}, ", end="")
    print(f"{args.threads} thread(s), {what} seconds, {args.rounds} rounds.")
    if args.csv:
        write_csv(args.csv, COLUMNS, rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
