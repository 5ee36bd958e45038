#!/usr/bin/env python
"""Print how many priors of which level each object gets from a config's label assigner.

python tools/analysis/assignment.py configs/faster_rcnn/faster-rcnn_mobilenetv2_fpn_12e_hituav.py
python tools/analysis/assignment.py CONFIG OTHER_CONFIG --split val --images 100

Objects are counted after the training pipeline, in the pixels that the network sees. "without" is
the share that no prior learns; the other columns are means an object.
"""

from __future__ import annotations

import argparse
import sys

import tinydet  # noqa: F401  (first, because mmdet needs mmcv's operators)

# isort: split
import numpy as np
import torch

from tinydet.analysis.assignment import Assigner, assigner_of
from tinydet.configuration.load import load_config
from tinydet.data_tools.samples import SPLITS, dataset_of, samples
from tinydet.datasets.statistics import RANGES, range_of
from tinydet.errors import InputError, reported


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("configs", nargs="+", metavar="CONFIG")
    parser.add_argument("--split", choices=SPLITS, default="train")
    parser.add_argument("--images", type=int, default=100, help="random pictures (default: 100)")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args(argv)


def counted(assigner: Assigner, pictures: list) -> tuple[np.ndarray, np.ndarray]:
    """Return ``(N,)`` sizes in px and ``(N, levels)`` positive priors of all objects."""
    levels, sizes, counts = len(assigner.strides), [np.zeros(0)], []
    for picture in pictures:
        boxes = torch.from_numpy(picture.boxes)
        sides = picture.boxes[:, 2:] - picture.boxes[:, :2]
        sizes.append(np.sqrt(sides.prod(1)))
        found = assigner.assign(boxes, picture.pixels.shape[:2]) if len(boxes) else None
        counts.append(found.counts(len(boxes), levels) if found else torch.zeros(0, levels))
    return np.concatenate(sizes), torch.cat(counts).numpy()


def table(strides: list[int], sizes: np.ndarray, counts: np.ndarray) -> str:
    """Return a Markdown table, a row for each of AI-TOD's size ranges and one for all."""
    columns = ["size", "objects", "without", "priors", *(f"stride {one}" for one in strides)]
    lines = [f"| {' | '.join(columns)} |", "|" + "---|" * len(columns)]
    group = range_of(sizes)
    names = list(RANGES)
    rows = {name: group == number for number, name in enumerate(names)}
    for name, chosen in {**rows, "all": np.ones(len(sizes), bool)}.items():
        if chosen.any():
            own = counts[chosen]
            means = " | ".join(f"{mean:.2f}" for mean in [own.sum(1).mean(), *own.mean(0)])
            without = (own.sum(1) == 0).mean()
            lines.append(f"| {name} | {len(own)} | {without:.1%} | {means} |")
    return "\n".join(lines)


@reported
def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    for path in args.configs:
        config = load_config(path)
        assigner = assigner_of(config)
        if assigner is None:
            raise InputError(
                f"{path} assigns objects by predictions, heat maps or other rules, not by the "
                "places of anchors or points; there is nothing to count before a training"
            )
        pictures = list(samples(dataset_of(config, args.split), args.images, args.seed))
        sizes, counts = counted(assigner, pictures)
        print(f"{path}: {len(pictures)} pictures of {args.split}\n")
        print(f"{table(assigner.strides, sizes, counts)}\n", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
