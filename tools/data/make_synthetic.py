#!/usr/bin/env python
"""Make the embedded synthetic data set: aerial-like scenes with AI-TOD's classes and sizes.

python tools/data/make_synthetic.py --out data/synthetic --train 600 --val 150 --size 256 --seed 0
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from PIL import Image
from tqdm import tqdm

from tinydet.datasets.named import AITOD_CLASSES
from tinydet.datasets.synthetic import VERSION, make_image
from tinydet.errors import InputError, reported

STAMP = "made_by_tinydet.json"  # marks a folder that this tool may replace


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=Path("data/synthetic"))
    parser.add_argument("--train", type=int, default=600, help="training images")
    parser.add_argument("--val", type=int, default=150, help="validation images")
    parser.add_argument("--size", type=int, default=256, help="side of an image, px")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--force", action="store_true", help="make it again")
    return parser.parse_args(argv)


def check(args: argparse.Namespace) -> dict:
    """Return what describes the data set.

    Raises:
        InputError: A number makes no sense, or the folder holds something else.
    """
    if args.size < 64:
        raise InputError(f"--size {args.size} is too small for a scene; 64 px is the least")
    for name in ("train", "val", "workers"):
        if getattr(args, name) < 1:
            raise InputError(f"--{name} {getattr(args, name)} must be 1 or more")
    if args.seed < 0:
        raise InputError(f"--seed {args.seed} must not be negative")
    if args.out.exists() and any(args.out.iterdir()) and not (args.out / STAMP).is_file():
        raise InputError(f"{args.out} holds files that this tool did not make; choose another --out")
    return {key: getattr(args, key) for key in ("train", "val", "size", "seed")} | {
        "version": VERSION
    }


def write_image(index: int, folder: Path, seed: int, size: int) -> list[dict]:
    """Make and save one image; runs in a worker process."""
    image, objects = make_image(seed, index, size)
    Image.fromarray(image).save(folder / f"{index:05d}.png")
    return objects


def write_split(out: Path, name: str, indices: range, what: dict, workers: int) -> int:
    """Write the images and the COCO file of one split; return the number of objects."""
    folder = out / name
    folder.mkdir(parents=True)
    work = partial(write_image, folder=folder, seed=what["seed"], size=what["size"])
    with ProcessPoolExecutor(workers) as pool:
        found = pool.map(work, indices, chunksize=8)
        objects = list(tqdm(found, total=len(indices), desc=name, unit="image"))
    ids = {category: number for number, category in enumerate(AITOD_CLASSES, start=1)}
    images, annotations = [], []
    for number, (index, boxes) in enumerate(zip(indices, objects, strict=True), start=1):
        size = what["size"]
        images.append(dict(id=number, file_name=f"{index:05d}.png", width=size, height=size))
        for box in boxes:
            annotations.append(
                dict(
                    id=len(annotations) + 1,
                    image_id=number,
                    category_id=ids[box["name"]],
                    bbox=box["bbox"],
                    area=box["bbox"][2] * box["bbox"][3],
                    iscrowd=0,
                )
            )
    coco = dict(
        info=dict(description="tinydet synthetic aerial images", **what),
        images=images,
        annotations=annotations,
        categories=[dict(id=number, name=category) for category, number in ids.items()],
    )
    path = out / "annotations" / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(coco), encoding="utf-8")
    return len(annotations)


@reported
def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    what = check(args)
    stamp = args.out / STAMP
    if stamp.is_file() and json.loads(stamp.read_text()) == what and not args.force:
        print(f"{args.out} is there already ({args.train} + {args.val} images); --force remakes it")
        return 0
    if args.out.exists():
        shutil.rmtree(args.out)
    # Written aside and moved: an interrupted run leaves nothing that looks complete.
    part = args.out.with_name(args.out.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    splits = dict(train=range(args.train), val=range(args.train, args.train + args.val))
    counts = [write_split(part, name, span, what, args.workers) for name, span in splits.items()]
    (part / STAMP).write_text(json.dumps(what))
    part.rename(args.out)
    print(f"{args.out}: {args.train} + {args.val} images with {counts[0]} + {counts[1]} objects")
    return 0


if __name__ == "__main__":
    sys.exit(main())
