#!/usr/bin/env python
"""Choose classes, boxes and pictures of COCO files, merge files, and split them without a leak.

python tools/data/subset.py --ann train.json --keep car bus --ignore-rest --out cars.json
python tools/data/subset.py --ann train.json --rename van=car truck=car --size 2 32 --out small.json
python tools/data/subset.py --ann a.json b.json --sample 500 --out few.json
python tools/data/subset.py --ann all.json --split train=0.8 val=0.2 --group '^([^_]+)_' --out splits

Options work in the order of --help. Image ids stay unless files are merged; box ids stay unless
boxes are added. Converted files of other formats come from tools/data/convert.py.
"""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path

from tinydet.data_tools import subset
from tinydet.data_tools.faults import Faults
from tinydet.data_tools.formats import coco, coco_write
from tinydet.data_tools.pictures import DataSet
from tinydet.data_tools.source import Source, Target
from tinydet.data_tools.splitting import sample, split
from tinydet.errors import InputError, reported


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--ann", required=True, nargs="+", type=Path, help="one file, or a merge")
    parser.add_argument(
        "--rename", nargs="+", default=[], metavar="OLD=NEW", help="equal names become one class"
    )
    classes = parser.add_mutually_exclusive_group()
    classes.add_argument("--keep", nargs="+", metavar="NAME", help="only these classes")
    classes.add_argument("--drop", nargs="+", metavar="NAME", help="all classes but these")
    parser.add_argument(
        "--size",
        nargs=2,
        type=float,
        metavar=("MIN", "MAX"),
        help="objects of MIN <= sqrt(width * height) < MAX pixels",
    )
    parser.add_argument(
        "--ignore-rest",
        action="store_true",
        help="what --keep, --drop and --size take out becomes a crowd of each class left",
    )
    parser.add_argument("--clip", action="store_true", help="cut boxes at the border")
    parser.add_argument("--sample", type=int, metavar="N", help="N pictures")
    parser.add_argument("--split", nargs="+", metavar="NAME=SHARE", help="needs --group")
    parser.add_argument(
        "--group",
        metavar="FIELD_OR_REGEX",
        help="flight, scene or place: a field of the images, or an expression for file names",
    )
    parser.add_argument("--seed", type=int, default=0, help="of --sample and --split")
    parser.add_argument("--out", required=True, type=Path, metavar="FILE_OR_FOLDER")
    parser.add_argument("--strict", action="store_true", help="stop at the first fault of a file")
    args = parser.parse_args(argv)
    if bool(args.split) != bool(args.group):
        parser.error("--split and --group go together; --group . splits by the first letter")
    return args


def pairs(texts: list[str], option: str) -> dict[str, str]:
    """Return ``{a: b}`` of texts ``a=b``.

    Raises:
        InputError: One has no ``=``.
    """
    for text in texts:
        if not all(text.partition("=")):
            raise InputError(f"{option} has {text!r}; write NAME=VALUE")
    return dict(text.split("=", 1) for text in texts)


def shares_of(texts: list[str]) -> dict[str, float]:
    """Return ``{split: share}``.

    Raises:
        InputError: A share is no number.
    """
    try:
        shares = {name: float(share) for name, share in pairs(texts, "--split").items()}
    except ValueError:
        raise InputError(f"--split {' '.join(texts)}: a share is a number such as 0.8") from None
    if not all(map(math.isfinite, shares.values())):
        raise InputError(f"--split {' '.join(texts)}: a share is a number such as 0.8")
    return shares


def chosen(data: DataSet, args: argparse.Namespace) -> DataSet:
    """Return what is left of a data set, before a split."""
    if args.rename:
        data = subset.rename(data, pairs(args.rename, "--rename"))
    if args.drop:
        subset.check_classes(data, args.drop, "--drop")
        args.keep = [name for name in data.classes if name not in args.drop]
    if args.keep is not None:
        data = subset.of_classes(data, args.keep, args.ignore_rest)
    if args.size:
        data = subset.of_sizes(data, *args.size, args.ignore_rest)
    if args.clip:
        data, lost = subset.clip(data)
        print(f"{lost} boxes beside their picture taken out")
    return sample(data, args.sample, args.seed) if args.sample is not None else data


def count(data: DataSet) -> str:
    """Return pictures, objects and boxes to ignore as text."""
    ignored = sum(int((picture.kinds > 0).sum()) for picture in data.pictures)
    objects = data.number_of_boxes() - ignored
    return f"{len(data.pictures)} pictures, {objects} objects, {ignored} boxes to ignore"


@reported
def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    faults = Faults(args.strict)
    try:
        parts = [next(iter(coco.read(Source(path, faults)).values())) for path in args.ann]
    finally:
        for sentence in faults.report():
            print(f"warning: {sentence}", file=sys.stderr)
    data = subset.merge(parts, [str(path) for path in args.ann])
    print(f"read: {count(data)}; classes {', '.join(data.classes)}")
    data = chosen(data, args)
    if args.split:
        splits = split(data, shares_of(args.split), args.group, args.seed)
    else:
        splits = {args.out.stem: data}
    coco_write.write(splits, Target(args.out, faults))
    for name, part in splits.items():
        print(f"{name}: {count(part)}; classes {', '.join(part.classes)}")
    print(f"written: {args.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
