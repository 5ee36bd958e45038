#!/usr/bin/env python
"""Check a COCO JSON and its images before training on them, and say what the data are like.

python tools/data/check.py data/hituav/train.json data/hituav/images --dataset HITUAVDataset
python tools/data/check.py my.json my_images --no-decode
python tools/data/check.py --config my_config.py    # up to the first step, and a batch of each kind

The exit code is 1 when training would stop; boxes that training drops or clips do not stop it.
"""

from __future__ import annotations

import argparse
import os
import sys

import numpy as np

from tinydet import datasets
from tinydet.datasets.annotations import read_coco
from tinydet.datasets.boxes import clean_boxes, without_ignored
from tinydet.datasets.categories import match_categories
from tinydet.datasets.images import find_damaged, find_missing
from tinydet.datasets.statistics import Statistics, describe, mean_size
from tinydet.errors import InputError, reported
from tinydet.rehearsal import rehearse

DATASETS = [
    name
    for name in datasets.__all__
    if issubclass(getattr(datasets, name), datasets.TinyCocoDataset)
]


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("annotations", nargs="?", help="COCO JSON")
    parser.add_argument("images", nargs="?", help="folder that its file names start from")
    parser.add_argument("--config", help="what would stop a training by it, in place of a file")
    parser.add_argument(
        "--dataset",
        choices=DATASETS,
        default="TinyCocoDataset",
        help="compare the classes with this data set's (default: take those of the file)",
    )
    parser.add_argument("--no-decode", action="store_true", help="look only whether images exist")
    args = parser.parse_args(argv)
    if bool(args.config) == bool(args.images):
        parser.error("name an annotation file and a folder of images, or --config alone")
    return args


def find_bad_images(coco: dict, folder: str, decode: bool) -> dict[str, str]:
    """Return ``{path: what is wrong}``."""
    infos = [dict(image, img_path=_path(folder, image)) for image in coco["images"]]
    problems = find_missing([info["img_path"] for info in infos])
    if decode:
        problems |= find_damaged([info for info in infos if info["img_path"] not in problems])
    return problems


def _path(folder: str, image: dict) -> str:
    if not isinstance(image.get("file_name"), str):
        raise InputError(f"the image with id {image['id']} has no 'file_name'")
    return os.path.join(folder, image["file_name"])


def print_statistics(numbers: Statistics) -> None:
    """Print objects per image, per class and per size range."""
    objects, sizes = numbers.per_image, numbers.sizes
    print(f"{numbers.images} images, {len(sizes)} boxes")
    if not len(sizes):
        return
    print(
        f"objects per image: mean {objects.mean():.1f}, median {np.median(objects):g}, "
        f"at most {objects.max()}, none in {(objects == 0).sum()} images"
    )
    print(
        f"sqrt(w*h): mean {sizes.mean():.2f} px, standard deviation {sizes.std():.2f}, "
        f"smallest {sizes.min():.2f}, largest {sizes.max():.2f}"
    )
    print(f"constant='auto' (NWD, DotD): {mean_size(sizes)} px")
    tables = {"AI-TOD's size ranges": numbers.per_range(), "classes": numbers.per_class}
    for title, table in tables.items():
        print(title)
        for name, count in table.items():
            print(f"  {name:<16}{count:>9} {count / len(sizes):>7.1%}")


@reported
def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    if args.config:
        for found in rehearse(args.config, decode=not args.no_decode):
            print(found)
        print("no problem that stops training")
        return 0
    coco = read_coco(args.annotations)
    classes = getattr(datasets, args.dataset).METAINFO.get("classes")
    match_categories(coco["categories"], classes, args.annotations)
    coco, report = clean_boxes(coco, args.annotations)
    bad_images = find_bad_images(coco, args.images, decode=not args.no_decode)
    used = without_ignored(coco)
    print_statistics(describe(used))
    if report.summary():
        print(f"warning: {report.summary()}")
    if ignored := len(coco["annotations"]) - len(used["annotations"]):
        print(f"warning: {ignored} boxes with ignore=1 left out, as in training")
    for reason in bad_images.values():
        print(f"error: image {reason}")
    stops = len(bad_images) + all(ann.get("iscrowd") for ann in used["annotations"])
    print("training would stop" if stops else "no problem that stops training")
    return 1 if stops else 0


if __name__ == "__main__":
    sys.exit(main())
