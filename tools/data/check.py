#!/usr/bin/env python
"""Check a COCO JSON and its images before a training, and print statistics of the data.

python tools/data/check.py data/hituav/train.json data/hituav/images --dataset HITUAVDataset
python tools/data/check.py my.json my_images --no-decode
python tools/data/check.py --config my_config.py    # up to the first step, with a batch of each kind

The exit code is 1 if the file would stop a training or, unless --training-only is given, a
validation. Boxes that training drops or clips do not stop a training.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator

import numpy as np

from tinydet.datasets.annotations import read_coco
from tinydet.datasets.boxes import BoxReport, check_evaluable, clean_boxes, without_ignored
from tinydet.datasets.categories import match_categories, of_classes
from tinydet.datasets.coco import TinyCocoDataset
from tinydet.datasets.images import find_damaged, find_missing
from tinydet.datasets.loading import LoadImageFromFile
from tinydet.datasets.pixels import narrow_range
from tinydet.datasets.statistics import Statistics, describe, mean_size
from tinydet.errors import InputError, reported
from tinydet.registry import DATASETS
from tinydet.training.rehearsal import rehearse

NAMED = {
    name: kind for name, kind in DATASETS.module_dict.items() if issubclass(kind, TinyCocoDataset)
}


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("annotations", nargs="?", help="COCO JSON")
    parser.add_argument("images", nargs="?", help="folder that its file names start from")
    parser.add_argument("--config", help="rehearse a training with this config, in place of checking a file")
    parser.add_argument(
        "--dataset",
        choices=NAMED,
        default="TinyCocoDataset",
        help="compare the categories with the classes of this data set (default: no comparison)",
    )
    parser.add_argument("--classes", nargs="+", help="classes to learn, if they are a part of the categories")
    parser.add_argument(
        "--training-only", action="store_true", help="the file is never evaluated against"
    )
    parser.add_argument("--no-decode", action="store_true", help="check only whether the images exist")
    args = parser.parse_args(argv)
    if bool(args.config) == bool(args.images):
        parser.error("name an annotation file and a folder of images, or --config alone")
    return args


def find_bad_images(coco: dict, folder: str, decode: bool) -> dict[str, str]:
    """Return ``{path: problem}``."""
    infos = [dict(image, img_path=_path(folder, image)) for image in coco["images"]]
    problems = find_missing([info["img_path"] for info in infos])
    if decode:
        whole = [info for info in infos if info["img_path"] not in problems]
        problems |= find_damaged(whole, LoadImageFromFile())
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


def differences(coco: dict, cleaned: dict, report: BoxReport) -> Iterator[str]:
    """Yield sentences on boxes that training and evaluation treat differently."""
    yield report.summary()
    if evaluated := report.summary(evaluated=True):
        yield f"as a validation set: {evaluated}"
    ignored = len(cleaned["annotations"]) - len(without_ignored(cleaned)["annotations"])
    if ignored:
        yield (
            f"{ignored} boxes with ignore=1 left out, as in training; as a validation set: "
            "tinydet.AITODMetric counts them as objects, tinydet.VisDroneMetric does not"
        )
    if crowd := sum(bool(ann.get("iscrowd")) for ann in coco["annotations"]):
        yield f"{crowd} boxes with iscrowd=1 are objects neither in training nor in validation"


def evaluation_problem(coco: dict, name: str) -> str:
    """Return why nothing can be evaluated against the file, or an empty string."""
    try:
        check_evaluable(coco, name)
    except InputError as error:
        return str(error)
    return ""


def verdict(training_stops: bool, validation_stops: bool, training_only: bool) -> str:
    """Return the last line."""
    if training_stops:
        return "training would stop"
    if training_only:
        return "no problem that stops training"
    if validation_stops:
        return "training would run, a validation on this file would stop"
    return "no problem that stops training or validation"


@reported
def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    if args.config:
        for found in rehearse(args.config, decode=not args.no_decode):
            print(found)
        print("no problem that stops training")
        return 0
    coco = read_coco(args.annotations)
    classes = args.classes or NAMED[args.dataset].METAINFO.get("classes")
    ids = match_categories(coco["categories"], classes, args.annotations)
    coco, left_out = of_classes(coco, ids.values())
    cleaned, report = clean_boxes(coco, args.annotations)
    bad_images = find_bad_images(coco, args.images, decode=not args.no_decode)
    used = without_ignored(cleaned)
    print_statistics(describe(used))
    paths = [_path(args.images, image) for image in coco["images"]]
    narrow = "" if args.no_decode else narrow_range(paths)
    for sentence in filter(None, [left_out, *differences(coco, cleaned, report), narrow]):
        print(f"warning: {sentence}")
    problem = "" if args.training_only else evaluation_problem(coco, args.annotations)
    for reason in filter(None, [*(f"image {bad}" for bad in bad_images.values()), problem]):
        print(f"error: {reason}")
    stops = bool(bad_images) or all(ann.get("iscrowd") for ann in used["annotations"])
    print(verdict(stops, bool(problem), args.training_only))
    return 1 if stops or problem else 0


if __name__ == "__main__":
    sys.exit(main())
