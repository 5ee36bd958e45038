#!/usr/bin/env python
"""Compute m and n of SimD from a config's training set and anchors.

python tools/analysis/simd_constants.py configs/simd/faster-rcnn_r50_simd_1x_aitod.py
python tools/analysis/simd_constants.py CONFIG --images 500

Boxes go through the training pipeline, so they have the size at which the network sees them;
pixels are not read.
"""

from __future__ import annotations

import argparse
import sys

import tinydet  # noqa: F401  (first: mmdet cannot be imported without mmcv's operators)

# isort: split
import numpy as np
from mmdet.registry import TASK_UTILS
from mmdet.structures.bbox import get_box_tensor
from mmengine.config import Config, DictAction
from mmengine.dataset import BaseDataset
from mmengine.registry import DATASETS, init_default_scope
from mmengine.runner import set_random_seed

from tinydet.analysis.simd_constants import MeanOffsets
from tinydet.configuration import load_config
from tinydet.errors import InputError, reported


class BlankImage:
    """A transform in the place of a loader: the size from the annotations, no pixels."""

    def __call__(self, results: dict) -> dict:
        shape = (results["height"], results["width"])
        image = np.zeros((*shape, 3), np.uint8)
        return dict(results, img=image, img_shape=shape, ori_shape=shape)


def training_set(config: Config) -> BaseDataset:
    """Build the training set with blank images."""
    settings = config.train_dataloader.dataset.to_dict()
    if "pipeline" not in settings:
        raise InputError(f"{config.filename}: its training set is a wrapper without a pipeline")
    settings["pipeline"] = [
        BlankImage() if step["type"].endswith("LoadImageFromFile") else step
        for step in settings["pipeline"]
    ]
    return DATASETS.build(settings)


def anchor_generator(config: Config) -> object:
    """Build the anchors of the RPN or of the dense head."""
    for head in ("rpn_head", "bbox_head"):
        settings = (config.model.get(head) or {}).get("anchor_generator")
        if settings:
            return TASK_UTILS.build(settings)
    raise InputError(
        f"{config.filename}: neither model.rpn_head nor model.bbox_head has an anchor_generator, "
        "and SimD compares objects with anchors"
    )


def padded(size: tuple[int, int], divisor: int) -> list[int]:
    """Round height and width up."""
    return [-(-length // divisor) * divisor for length in size]


@reported
def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config")
    parser.add_argument("--images", type=int, help="only so many, evenly spread (default: all)")
    parser.add_argument(
        "--cfg-options", nargs="+", action=DictAction, help="key=value of the config"
    )
    args = parser.parse_args(argv)

    config = load_config(args.config, args.cfg_options)
    init_default_scope(config.get("default_scope", "mmdet"))
    offsets, dataset = MeanOffsets(anchor_generator(config)), training_set(config)
    divisor = config.model.get("data_preprocessor", {}).get("pad_size_divisor", 1)
    count = min(args.images or len(dataset), len(dataset))
    set_random_seed(0)  # of the flips
    for index in np.linspace(0, len(dataset) - 1, count).round().astype(int).tolist():
        sample = dataset[index]["data_samples"]
        boxes = get_box_tensor(sample.gt_instances.bboxes)
        offsets.add(boxes, padded(sample.img_shape, divisor))
    if not offsets.pairs:
        raise InputError(f"{args.config}: the training set has no object")
    print(f"{count} images, {offsets.pairs} pairs of object and anchor")
    print(f"m={offsets.m:.4f}, n={offsets.n:.4f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
