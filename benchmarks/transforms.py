#!/usr/bin/env python
"""Read pictures with and without our transforms: processor seconds of a loader, in one process.

python tools/data/make_synthetic.py --out data/synthetic
python benchmarks/transforms.py data/synthetic/annotations/train.json data/synthetic/train

The base loads pictures, flips and packs them. Each row adds one transform with its default
probability, "all" adds every one, and "Mosaic of mmyolo" is the usual pipeline of YOLOv8. Rounds
alternate; a ratio is the median of theirs.
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
    *("TinyMosaic", "SmallObjectCopyPaste", "CropAroundObject", "RandomQuarterTurn"),
    *("RandomRotation", "DownUpJitter", "CameraBlur", "CameraNoise", "CameraJPEG"),
)
MOSAIC = "Mosaic of mmyolo"


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


def pipelines(width: int, height: int) -> dict[str, list[dict]]:
    """Return the pipeline of each row."""
    window = dict(size=(width * 3 // 4, height * 3 // 4))
    steps = {
        kind: dict(type=f"tinydet.{kind}", **(window if kind == "CropAroundObject" else {}))
        for kind in KINDS
    }
    rows = {kind: [*LOAD, step, *END] for kind, step in steps.items()}
    mosaics = mmyolo_data.mosaics((width, height))
    return {
        "base": [*LOAD, *END],
        **rows,
        "all": [*LOAD, *steps.values(), *END],
        MOSAIC: mosaics,
    }


def seconds(dataset: TinyCocoDataset, pictures: int, seed: int) -> float:
    """Return the processor time of reading the first pictures."""
    np.random.seed(seed)  # noqa: NPY002
    begin = time.process_time()
    for number in range(min(pictures, len(dataset))):
        dataset[number]
    return time.process_time() - begin


def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    init_default_scope("mmdet")
    settings = dict(ann_file=args.annotations, data_prefix=dict(img=args.images))
    first = TinyCocoDataset(**settings, pipeline=[]).get_data_info(0)
    datasets = {
        name: TinyCocoDataset(**settings, pipeline=pipeline)
        for name, pipeline in pipelines(first["width"], first["height"]).items()
    }
    rounds = [
        {name: seconds(one, args.pictures, seed) for name, one in datasets.items()}
        for seed in range(args.rounds)
    ]
    rows = []
    for name in datasets:
        ratios = [one[name] / one["base"] for one in rounds]
        taken = statistics.median(one[name] for one in rounds) / args.pictures
        rows.append(dict(row=name, milliseconds=1000 * taken, ratio=statistics.median(ratios)))
        of_mosaic = statistics.median(one[name] / one[MOSAIC] for one in rounds)
        rows[-1]["of_mosaic"] = of_mosaic
        print(
            f"{name}: {1000 * taken:.2f} ms, {rows[-1]['ratio']:.2f} of the base, "
            f"{of_mosaic:.2f} of mmyolo's mosaics"
        )
    if args.csv:
        write_csv(args.csv, list(rows[0]), rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
