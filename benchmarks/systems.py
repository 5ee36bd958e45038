#!/usr/bin/env python
"""A training step of each system beside its plain host, with parameters and multiply-adds.

A round takes one step of the system and of its host in turn, and a ratio is the median over the
rounds of "system / host" within a round. Forward, losses, backward and SGD on 4 synthetic images
of 256 px with 20 objects each; CPU seconds of one thread. Parameters and multiply-adds are those
of one image in test, so that what stands in training alone (DN-FPN's contrast, SR-TOD's target)
is in the seconds only.

    python benchmarks/systems.py --rounds 4
    python benchmarks/systems.py --only CFINet D3Q --csv systems.csv
"""

from __future__ import annotations

import argparse
import statistics
import sys

import torch
from layers import CONFIGS, in_turn, quartiles
from mmdet.structures import DetDataSample
from mmengine.logging import MMLogger
from mmengine.registry import init_default_scope
from mmengine.structures import InstanceData
from steps import step_of
from tables import parse_rounds, print_cells, print_heading, write_csv

import tinydet  # noqa: F401  (its compat lets mmyolo be imported)
from tinydet.analysis.complexity.profiling import profile
from tinydet.analysis.complexity.subject import build_fresh
from tinydet.configuration import load_config

IMAGES, SIDE, OBJECTS = 4, 256, 20
# system: its config and that of its host
SYSTEMS = {
    "D3Q": ("d3q/dino_r18_d3q_14e_synthetic", "dino/dino_r18_14e_synthetic"),
    "PAQI": ("d3q/dino_r18_d3q-paqi_14e_synthetic", "dino/dino_r18_14e_synthetic"),
    "CFINet": (
        "cfinet/cfinet_r18_fpn_14e_synthetic",
        "faster_rcnn/faster-rcnn_r18_fpn_14e_synthetic",
    ),
    "DNTR": ("dntr/dntr_r18_14e_synthetic", "cascade_rcnn/cascade-rcnn_r18_fpn_14e_synthetic"),
    "DN-FPN": (
        "dntr/retinanet_mobilenetv2_dnfpn_12e_hituav",
        "retinanet/retinanet_mobilenetv2_fpn_12e_hituav",
    ),
    "CFPT": (
        "cfpt/retinanet_mobilenetv2_cfpt_12e_hituav",
        "retinanet/retinanet_mobilenetv2_fpn_12e_hituav",
    ),
    "SR-TOD": (
        "srtod/retinanet_mobilenetv2_srtod_12e_hituav",
        "retinanet/retinanet_mobilenetv2_fpn_12e_hituav",
    ),
    "FSANet": ("fsanet/fsanet_r18_14e_synthetic", "fcos/fcos_r18_fpn_14e_synthetic"),
    "DLA-34": ("centernet/centernet_dla34_14e_synthetic", "centernet/centernet_r18_140e_aitod"),
    "M-CenterNet": (
        "centernet/m-centernet_dla34_14e_synthetic",
        "centernet/centernet_dla34_14e_synthetic",
    ),
    "RemDet": ("remdet/remdet_tiny_14e_synthetic", "yolov8/yolov8_n_14e_synthetic"),
    "BiFormer": ("yolov8/yolov8_n_biformer_14e_synthetic", "yolov8/yolov8_n_14e_synthetic"),
    "RepViT": ("yolov8/yolov8_repvit-m0-9_14e_synthetic", "yolov8/yolov8_n_14e_synthetic"),
}
COLUMNS = ["system", "parameters_m", "parameters_to_host", "gflops", "gflops_to_host"]
COLUMNS += ["step_s", "step_to_host", "quartiles"]


def batch_of(scope: str) -> tuple[torch.Tensor, object]:
    """Return images and their objects as the detectors of mmyolo or of mmdet take them."""
    random = torch.Generator().manual_seed(0)
    images = torch.rand(IMAGES, 3, SIDE, SIDE, generator=random)
    corner = (SIDE - 24) * torch.rand(IMAGES, OBJECTS, 2, generator=random)
    boxes = torch.cat([corner, corner + 6 + 18 * torch.rand(corner.shape, generator=random)], 2)
    size = (SIDE, SIDE)
    meta = dict(img_shape=size, ori_shape=size, pad_shape=size, batch_input_shape=size)
    if scope == "mmyolo":
        number = torch.arange(IMAGES).repeat_interleave(OBJECTS).float()[:, None]
        rows = torch.cat([number, torch.zeros_like(number), boxes.flatten(0, 1)], 1)
        return images, dict(bboxes_labels=rows, img_metas=[meta] * IMAGES)
    samples = [DetDataSample(metainfo=dict(meta, scale_factor=(1.0, 1.0))) for _ in boxes]
    for sample, own in zip(samples, boxes, strict=True):
        labels = torch.zeros(OBJECTS, dtype=torch.long)
        sample.gt_instances = InstanceData(bboxes=own, labels=labels)
    return images, samples


def row_of(name: str, rounds: int) -> dict[str, str]:
    """Measure a system and its host."""
    costs, steps = [], {}
    for side, path in zip(("system", "host"), SYSTEMS[name], strict=True):
        config = load_config(CONFIGS / f"{path}.py")
        costs.append(profile(config, (SIDE, SIDE), only=("parameters", "flops"), repeats=1))
        init_default_scope(config.default_scope)
        torch.manual_seed(0)
        network = build_fresh(config).train()
        images, samples = batch_of(config.default_scope)

        def loss(network=network, images=images, samples=samples) -> torch.Tensor:
            return network.parse_losses(network(images, samples, mode="loss"))[0]

        steps[side] = step_of(network, loss)
    seconds = in_turn(steps, rounds)
    low, middle, high = quartiles(seconds["system"], seconds["host"])
    cells = [name]
    for measure, unit in (("parameters", 1e6), ("flops", 1e9)):
        own, host = (getattr(cost, measure) for cost in costs)
        cells += [f"{own / unit:.2f}", f"{own / host:.2f}"] if own and host else ["", ""]
    step = statistics.median(seconds["system"])
    cells += [f"{step:.2f}", f"{middle:.2f}", f"{low:.2f}-{high:.2f}"]
    return dict(zip(COLUMNS, cells, strict=True))


def main(argv: list[str] | None = None) -> int:
    """Print the table, and write it where ``--csv`` says."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", choices=list(SYSTEMS), nargs="+", default=list(SYSTEMS))
    args = parse_rounds(parser, argv, 4)
    torch.set_num_threads(1)
    MMLogger.get_instance("mmengine", log_level="ERROR")
    rows = []
    print_heading(COLUMNS)
    for name in args.only:
        rows.append(row_of(name, args.rounds))
        print_cells(rows[-1].values())
    print(f"\n{IMAGES} images of {SIDE} px, {OBJECTS} objects an image")
    if args.csv:
        write_csv(args.csv, COLUMNS, rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
