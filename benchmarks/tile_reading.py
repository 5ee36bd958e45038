#!/usr/bin/env python
"""Cut tiles while training, or train on tiles cut to disk beforehand: seconds of reading an epoch.

python tools/data/make_synthetic.py --scene 2048 --train 60 --val 20
python benchmarks/tile_reading.py data/scenes --workers 0 1 2 4 --csv tile_reading.csv

The same tiles, all that have an object, through the same pipeline: loaded, labels, flips, packed.
Both are read by mmengine's loader in batches, without a model, each epoch by new workers, so that
no picture is decoded already; "disk" is a COCO data set of tile files, in the pictures' own format,
shuffled by mmengine's DefaultSampler. Rounds alternate; a ratio is the median
of theirs, and that of CPU time is the one to trust on a machine that has other work.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

import cv2
from mmengine.config import ConfigDict
from mmengine.registry import DATASETS, init_default_scope
from mmengine.runner import Runner
from tables import write_csv

from tinydet.datasets.annotations import read_coco
from tinydet.slicing.crops import crop
from tinydet.slicing.dataset import SlicedDataset
from tinydet.training.batches import clean_loaders

PIPELINE = [
    dict(type="tinydet.LoadImageFromFile"),
    dict(type="mmdet.LoadAnnotations", with_bbox=True),
    dict(type="mmdet.RandomFlip", prob=0.5),
    dict(type="mmdet.PackDetInputs"),
]


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("root", type=Path, help="a folder that tools/data/make_synthetic.py made")
    parser.add_argument("--pictures", type=int, default=60, help="the first ones of its training")
    parser.add_argument("--size", type=int, default=640)
    parser.add_argument("--overlap", type=float, default=0.2)
    parser.add_argument("--batch-size", type=int, default=8)
    parser.add_argument("--workers", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--csv", type=Path)
    return parser.parse_args(argv)


def first_pictures(root: Path, count: int, out: Path) -> Path:
    """Write the annotations of the first pictures of a set, and return that file."""
    coco = read_coco(root / "annotations" / "train.json")
    coco["images"] = coco["images"][:count]
    ids = {image["id"] for image in coco["images"]}
    coco["annotations"] = [one for one in coco["annotations"] if one["image_id"] in ids]
    path = out / "whole.json"
    path.write_text(json.dumps(coco), encoding="utf-8")
    return path


def data_set(ann_file: Path, images: Path) -> dict:
    return dict(
        type="tinydet.SyntheticScenesDataset",
        ann_file=str(ann_file),
        data_prefix=dict(img=str(images)),
        pipeline=PIPELINE,
    )


def cut_to_disk(sliced: SlicedDataset, out: Path) -> Path:
    """Write each tile and its objects, as people do before training, and return the COCO file."""
    (out / "tiles").mkdir()
    images, annotations = [], []
    pixels, path = None, ""
    for number in range(len(sliced)):
        info = sliced.get_data_info(number)
        if info["img_path"] != path:
            path = info["img_path"]
            pixels = cv2.imread(path)
        name = f"{number:06d}{Path(path).suffix}"
        cv2.imwrite(str(out / "tiles" / name), crop(pixels, info["tile"]))
        size = dict(width=info["width"], height=info["height"])
        images.append(dict(id=number, file_name=name, **size))
        for one in info["instances"]:
            x1, y1, x2, y2 = one["bbox"]
            box = dict(bbox=[x1, y1, x2 - x1, y2 - y1], area=(x2 - x1) * (y2 - y1))
            crowd = dict(iscrowd=one["ignore_flag"], category_id=one["bbox_label"] + 1)
            annotations.append(dict(id=len(annotations), image_id=number, **box, **crowd))
    classes = sliced.metainfo["classes"]
    categories = [dict(id=label, name=name) for label, name in enumerate(classes, 1)]
    coco = dict(images=images, annotations=annotations, categories=categories)
    target = out / "tiles.json"
    target.write_text(json.dumps(coco), encoding="utf-8")
    return target


def seconds(dataset: dict, batch_size: int, workers: int, epoch: int) -> tuple[float, float]:
    """Return the wall and the CPU time of reading an epoch that begins with nothing decoded."""
    loader = dict(
        dataset=dataset,
        batch_size=batch_size,
        num_workers=workers,
        sampler=dict(type="DefaultSampler", shuffle=True),
    )
    config = ConfigDict(train_dataloader=loader)
    clean_loaders(config)  # tiles get their own sampler, as in a training
    loader = Runner.build_dataloader(config.train_dataloader, seed=0)
    loader.sampler.set_epoch(epoch)
    begin, busy = time.perf_counter(), cpu_seconds()
    for _ in loader:
        pass
    return time.perf_counter() - begin, cpu_seconds() - busy  # of workers that have ended, too


def cpu_seconds() -> float:
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def measured(ways: dict[str, dict], args: argparse.Namespace) -> list[dict]:
    """Return a row for each number of workers."""
    rows = []
    for workers in args.workers:
        rounds = [
            {name: seconds(one, args.batch_size, workers, epoch) for name, one in ways.items()}
            for epoch in range(args.rounds)
        ]
        row: dict[str, float] = dict(workers=workers)
        for number, kind in enumerate(("wall", "cpu")):
            cut, disk = ([one[name][number] for one in rounds] for name in ("cut", "disk"))
            ratios = [ours / theirs for ours, theirs in zip(cut, disk, strict=True)]
            row |= {
                f"cut {kind} s": statistics.median(cut),
                f"disk {kind} s": statistics.median(disk),
                f"{kind} ratio": statistics.median(ratios),
            }
        rows.append(row)
        print(", ".join(f"{key} {value:.3g}" for key, value in row.items()), flush=True)
    return rows


def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    init_default_scope("mmdet")
    out = Path(tempfile.mkdtemp())
    try:
        whole = data_set(first_pictures(args.root, args.pictures, out), args.root / "train")
        cut = dict(
            type="tinydet.SlicedDataset",
            dataset=whole,
            size=args.size,
            overlap=args.overlap,
            empty_rate=0,
        )
        disk = data_set(cut_to_disk(DATASETS.build(cut), out), out / "tiles")
        rows = measured(dict(cut=cut, disk=disk), args)
    finally:
        shutil.rmtree(out)
    if args.csv:
        write_csv(args.csv, list(rows[0]), rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
