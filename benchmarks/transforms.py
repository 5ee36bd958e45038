#!/usr/bin/env python
"""Read pictures with and without our transforms: processor seconds of a loader, in one process.

python tools/data/make_synthetic.py --out data/large --size 800 --train 24
python benchmarks/transforms.py data/large/annotations/train.json data/large/train --pictures 24

The bare loader loads pictures, flips and packs them; the usual one makes the mosaics, the affine
transform, the colors and the flip that YOLOv8 trains with. A row adds one transform with its
default probability to either, TinyMosaic in place of mmyolo's mosaic and affine transform, and
"all" adds every one. A ratio is the median of the rounds.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path

import numpy as np

import tinydet  # noqa: F401

# isort: split
from mmengine.registry import init_default_scope
from tables import write_csv

from tinydet.datasets import TinyCocoDataset
from tinydet.recipes import mmyolo_data

LOAD = [mmyolo_data.LOAD, mmyolo_data.ANNOTATIONS]
END = [dict(type="mmdet.RandomFlip", prob=0.5), dict(type="mmdet.PackDetInputs")]
KINDS = (
    *("CropAroundObject", "TinyMosaic", "SmallObjectCopyPaste", "RandomQuarterTurn"),
    *("RandomRotation", "DownUpJitter", "CameraBlur", "CameraNoise", "CameraJPEG"),
)
BASE = "without"


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("annotations")
    parser.add_argument("images")
    parser.add_argument("--pictures", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--csv", type=Path)
    return parser.parse_args(argv)


def bare(steps: list[dict]) -> list[dict]:
    """Return the bare pipeline with further steps."""
    return [*LOAD, *steps, *END]


def usual(steps: list[dict], scale: tuple[int, int]) -> list[dict]:
    """Return YOLOv8's pipeline with further steps behind its mosaic, or with another mosaic."""
    load, annotations, *mosaic, colors, flip, pack = mmyolo_data.mosaics(scale)
    if any("TinyMosaic" in step["type"] for step in steps):
        mosaic = []
    return [load, annotations, *mosaic, *steps, colors, flip, pack]


def rows(width: int, height: int) -> dict[tuple[str, str], list[dict]]:
    """Return the pipeline of each row with each loader."""
    window = dict(size=(width * 3 // 4, height * 3 // 4))
    steps = {
        kind: [dict(type=f"tinydet.{kind}", **(window if kind == "CropAroundObject" else {}))]
        for kind in KINDS
    }
    every = {BASE: [], **steps, "all": [step for one in steps.values() for step in one]}
    made = {(name, "bare"): bare(some) for name, some in every.items()}
    made |= {(name, "usual"): usual(some, (width, height)) for name, some in every.items()}
    eight = [step for step in every["all"] if "TinyMosaic" not in step["type"]]
    return made | {
        ("all but TinyMosaic", "bare"): bare(eight),
        ("all but TinyMosaic", "usual"): usual(eight, (width, height)),
    }


def seconds(
    datasets: dict[tuple[str, str], TinyCocoDataset], pictures: int, start: int
) -> dict[tuple[str, str], float]:
    """Return the processor time of each loader on the same pictures.

    The loaders take turns picture by picture, so that other work on the machine slows all alike.
    """
    taken = dict.fromkeys(datasets, 0.0)
    for number in range(pictures):
        for key, dataset in datasets.items():
            np.random.seed(start + number)  # noqa: NPY002
            begin = time.process_time()
            dataset[number % len(dataset)]
            taken[key] += time.process_time() - begin
    return taken


def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    init_default_scope("mmdet")
    settings = dict(ann_file=args.annotations, data_prefix=dict(img=args.images))
    first = TinyCocoDataset(**settings, pipeline=[]).get_data_info(0)
    datasets = {
        key: TinyCocoDataset(**settings, pipeline=pipeline)
        for key, pipeline in rows(first["width"], first["height"]).items()
    }
    seconds(datasets, 4, 0)  # what is slow once, such as imports
    rounds = [
        seconds(datasets, args.pictures, number * args.pictures) for number in range(args.rounds)
    ]
    table = []
    for name, loader in datasets:
        taken = statistics.median(one[name, loader] for one in rounds) / args.pictures
        ratio = statistics.median(one[name, loader] / one[BASE, loader] for one in rounds)
        table.append(dict(row=name, loader=loader, milliseconds=1000 * taken, ratio=ratio))
        print(f"{name}, {loader} loader: {1000 * taken:.2f} ms, {ratio:.2f} of the one without")
    if args.csv:
        write_csv(args.csv, list(table[0]), table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
