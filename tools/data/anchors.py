#!/usr/bin/env python
"""Fit a config's anchors to its training objects and write them as a config.

python tools/data/anchors.py configs/yolov5/yolov5_s_300e_aitod.py --out work_dirs/anchors.py
python tools/data/anchors.py CONFIG --ann train.json        # the objects of another file

For heads with a YOLOAnchorGenerator (YOLOv3, YOLOv5, YOLOv7) or an AnchorGenerator (Faster R-CNN,
RetinaNet, ATSS, …) of mmdet. Sizes are those in the network input. The best possible recall before
and after is printed, the config lines go to standard output or, with the config as their base, to
--out.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import tinydet  # noqa: F401  (first, because mmdet needs mmcv's operators)

# isort: split
from mmengine.config import Config

from tinydet.configuration import load_config
from tinydet.configuration.nested import dictionaries
from tinydet.data_tools.anchors.fitting import fit
from tinydet.data_tools.anchors.heads import head_of
from tinydet.data_tools.objects import Objects, input_factors, objects_of
from tinydet.datasets.annotations import read_coco
from tinydet.datasets.boxes import clean_boxes, without_ignored
from tinydet.errors import InputError, reported


def training_file(config: Config) -> str:
    """Return the first annotation file that a config trains on."""
    for _, node in dictionaries(config.get("train_dataloader"), "train_dataloader"):
        if "ann_file" in node:
            return str(Path(node.get("data_root") or "", node["ann_file"]))
    raise InputError(f"{config.filename} has no train_dataloader with an ann_file; give --ann FILE")


def read_objects(file: str) -> Objects:
    """Return the objects of a file that a training learns."""
    objects = objects_of(without_ignored(clean_boxes(read_coco(file), file)[0]))
    if not len(objects.boxes):
        raise InputError(f"{file} has no object to fit anchors to")
    return objects


@reported
def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", help="config file")
    parser.add_argument("--ann", help="COCO JSON (default: the config's training annotations)")
    parser.add_argument("--out", help="config to write (default: print the lines)")
    parser.add_argument("--rounds", type=int, default=1000, help="of the genetic refinement")
    args = parser.parse_args(argv)

    config = load_config(args.config)
    head = head_of(config)
    file = args.ann or training_file(config)
    objects = read_objects(file)
    objects = objects.resized(input_factors(config, objects.shapes))
    fitted = fit(objects.centered, head, args.rounds)
    rule = "sides within a factor of" if head.by_ratio else "an IoU of at least"
    limit = 1 / head.threshold if head.by_ratio else head.threshold
    print(
        f"{file}: {len(objects.boxes)} objects, {len(head.anchors())} anchors; best possible "
        f"recall ({rule} {limit:g}) {fitted.before.recall:.1%} before, "
        f"{fitted.after.recall:.1%} after; mean similarity of an object and its best anchor "
        f"{fitted.before.mean:.3f} before, {fitted.after.mean:.3f} after",
        file=sys.stderr,
    )
    if not args.out:
        print(fitted.fragment(), end="")
        return 0
    out = Path(args.out)
    out.parent.mkdir(parents=True, exist_ok=True)
    base = os.path.relpath(config.filename, out.parent)
    out.write_text(f'_base_ = "{base}"\n\n{fitted.fragment()}', encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
