#!/usr/bin/env python
"""Convert annotations between formats, without losing a box or a fraction of a pixel.

python tools/data/convert.py --from yolo --to coco --ann data/boats/data.yaml --out data/own
python tools/data/convert.py --from coco --to yolo --ann train.json val.json --images images --out yolo
python tools/data/convert.py --from visdrone --to coco --ann data/VisDrone --out data/VisDrone/annotations
python tools/data/convert.py --from dota --to coco --ann labelTxt-v2.0 --images images --out train.json
python tools/data/convert.py --from voc --to coco --ann VOC2007 --split trainval --pixels indices --out voc.json

Read are the formats of --from, written those of --to. Several files, or a source with splits, are
written into the folder --out, under the names of the splits. Boxes to ignore stay boxes to ignore:
COCO's ignore and iscrowd, DOTA's and VOC's difficult, VisDrone's regions.

What is wrong is counted, with the file and line of the first places; --strict stops at the first.
Classes without an order of their own are sorted; --classes gives an order, and leaves out others.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tinydet.data_tools.faults import Faults
from tinydet.data_tools.formats import READERS, WRITERS
from tinydet.data_tools.formats.lost import count_lost
from tinydet.data_tools.image_folder import ImageFolder
from tinydet.data_tools.pictures import DataSet
from tinydet.data_tools.source import Source, Target
from tinydet.errors import InputError, reported

WITH_SPLITS = ("yolo", "voc", "visdrone")
ONE_FILE = ("coco", "csv", "cvat")  # lists pictures and their boxes together
WITH_CLASSES = ("coco", "visdrone", "sodaa")  # files that say their classes, each with an id


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--from", required=True, choices=READERS, dest="source")
    parser.add_argument("--to", required=True, choices=WRITERS)
    parser.add_argument(
        "--ann", required=True, nargs="+", type=Path, metavar="FILE_OR_FOLDER", help="what is read"
    )
    parser.add_argument("--images", type=Path, metavar="DIR", help="what file names start from")
    parser.add_argument("--out", required=True, type=Path, metavar="FILE_OR_FOLDER")
    parser.add_argument("--classes", nargs="+", metavar="NAME", help="names in order")
    parser.add_argument("--split", nargs="+", metavar="NAME", help="only these of the source")
    parser.add_argument(
        "--pixels",
        choices=("edges", "indices"),
        default="edges",
        help="of VOC: edges from 0 (LabelImg, CVAT), or PASCAL's own indices from 1",
    )
    parser.add_argument("--strict", action="store_true", help="stop at the first fault")
    args = parser.parse_args(argv)
    if args.split and args.source not in WITH_SPLITS:
        parser.error(f"--split is for {', '.join(WITH_SPLITS)}; name the files of a split by --ann")
    if args.classes and args.source in WITH_CLASSES:
        parser.error(f"--from {args.source} has classes; choose some by tools/data/subset.py")
    if args.pixels != "edges" and "voc" not in (args.source, args.to):
        parser.error("--pixels is for voc")
    return args


def read_all(args: argparse.Namespace, faults: Faults) -> dict[str, DataSet]:
    """Return the data set of each split of each source.

    Raises:
        InputError: Two splits have the same name, or nothing was read; or see the reader.
    """
    images = ImageFolder(args.images, faults) if args.images else None
    splits: dict[str, DataSet] = {}
    for path in args.ann:
        source = Source(path, faults, images, args.classes, args.split, args.pixels)
        for split, data in READERS[args.source](source).items():
            if split in splits:
                raise InputError(f"two of --ann are called {split}; rename one")
            splits[split] = data
    if images and args.source in ONE_FILE:
        images.note_unused(picture.file_name for data in splits.values() for picture in data.pictures)
    if not any(data.pictures for data in splits.values()):
        raise InputError(f"{', '.join(map(str, args.ann))}: no picture was read")
    return splits


def count_ignored(data: DataSet) -> tuple[int, int]:
    """Return how many boxes are to be ignored, and how many regions there are."""
    boxes = sum(int((picture.kinds > 0).sum()) for picture in data.pictures)
    regions = (picture.regions for picture in data.pictures)
    return boxes, sum(0 if found is None else len(found) for found in regions)


@reported
def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    faults = Faults(args.strict)
    try:
        splits = read_all(args, faults)
        count_lost(splits, args.to, faults)
        target = Target(args.out, faults, args.images, args.pixels)
        WRITERS[args.to](splits, target)
    finally:  # what was counted before an error explains it
        for sentence in faults.report():
            print(f"warning: {sentence}", file=sys.stderr)
    for split, data in splits.items():
        ignored, regions = count_ignored(data)
        print(
            f"{split}: {len(data.pictures)} pictures, {data.number_of_boxes()} boxes "
            f"({ignored} to ignore), {regions} ignored regions, {len(data.classes)} classes"
        )
    for note in target.notes:
        print(f"note: {note}")
    print(f"written: {args.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
