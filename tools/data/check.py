#!/usr/bin/env python
"""Check a COCO JSON and its images before a training, mend it, and find leaks between splits.

python tools/data/check.py data/hituav/train.json data/hituav/images --dataset HITUAVDataset
python tools/data/check.py my.json my_images --no-decode
python tools/data/check.py my.json my_images --fix mended.json       # and mended.csv: what is left
python tools/data/check.py train.json train --against val.json val --leak-free splits
python tools/data/check.py --config my_config.py    # up to the first step, with a batch of each kind

The exit code is 1 if the file would stop a training or, unless --training-only is given, a
validation; with --strict, if anything was found. Boxes that training drops or clips, or that a rule
finds suspicious, do not stop a training. Every finding is counted and named by its ids.

A picture leaks if another split has it, or a crop of what it shows: shifted, turned, resized,
brightened or compressed again. Pictures of the same place at another time are noted and stay.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tinydet.data_tools.data import Data
from tinydet.data_tools.faults import Faults
from tinydet.data_tools.findings import (
    alone,
    box_findings,
    box_sentences,
    picture_findings,
    write_findings,
)
from tinydet.data_tools.formats import READERS, WRITERS
from tinydet.data_tools.image_folder import ImageFolder
from tinydet.data_tools.leaks.splits import Leaks, check_names
from tinydet.data_tools.mending import mend
from tinydet.data_tools.published import against_published
from tinydet.data_tools.source import Source, Target
from tinydet.data_tools.survey import Seen, survey
from tinydet.datasets.boxes import check_evaluable
from tinydet.datasets.coco import TinyCocoDataset
from tinydet.datasets.images import find_missing
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
    parser.add_argument(
        "--config", help="rehearse a training with this config, in place of checking a file"
    )
    parser.add_argument(
        "--dataset",
        choices=NAMED,
        default="TinyCocoDataset",
        help="compare with the classes and the published counts of this data set (default: no)",
    )
    parser.add_argument(
        "--classes", nargs="+", help="classes to learn, if they are a part of the categories"
    )
    parser.add_argument(
        "--training-only", action="store_true", help="the file is never evaluated against"
    )
    parser.add_argument(
        "--no-decode", action="store_true", help="check only whether the images exist"
    )
    parser.add_argument("--strict", action="store_true", help="exit with 1 if anything is found")
    parser.add_argument(
        "--fix", type=Path, metavar="FILE", help="write what rules can mend, and check the result"
    )
    parser.add_argument(
        "--against",
        nargs=2,
        action="append",
        default=[],
        metavar=("JSON", "FOLDER"),
        help="another split, in which no picture may show the same; may be repeated",
    )
    parser.add_argument(
        "--leak-free", type=Path, metavar="FOLDER", help="write the splits without leaking pictures"
    )
    parser.add_argument(
        "--drop-from",
        choices=("first", "last"),
        default="first",
        help="which of two splits loses the picture: the one named first, to train on, or the last",
    )
    args = parser.parse_args(argv)
    if bool(args.config) == bool(args.images):
        parser.error("name an annotation file and a folder of images, or --config alone")
    if args.leak_free and not args.against:
        parser.error("--leak-free needs --against JSON FOLDER")
    if args.no_decode and args.against:
        parser.error("--against compares pictures; leave out --no-decode")
    if args.fix and args.fix.suffix != ".json":
        parser.error(f"--fix {args.fix} is no .json file")
    return args


def write_mended(args: argparse.Namespace) -> None:
    """Write the file without what rules can mend, and print what was done.

    Raises:
        InputError: It would replace the file that is read; or that file cannot be read at all.
    """
    path, faults = Path(args.annotations), Faults()
    if args.fix.exists() and path.exists() and args.fix.samefile(path):
        raise InputError(f"--fix {args.fix} is the file that is read; name another")
    source = Source(path, faults, ImageFolder(args.images, faults))
    (data,) = READERS["coco"](source).values()
    data, done = mend(data)
    WRITERS["coco"]({args.fix.stem: data}, Target(args.fix, faults))
    for sentence in faults.report():
        print(f"read: {sentence}")
    for words, count in done.items():
        print(f"mended: {count} {words}")
    print(f"written: {args.fix}, which is checked now")


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


def differences(data: Data) -> Iterator[str]:
    """Yield sentences on boxes that training and evaluation treat differently."""
    if evaluated := data.faults.summary(evaluated=True):
        yield f"as a validation set: {evaluated}"
    ignored = len(data.cleaned["annotations"]) - len(data.used["annotations"])
    if ignored:
        yield (
            f"{ignored} boxes with ignore=1 left out, as in training; as a validation set: "
            "tinydet.AITODMetric counts them as objects, tinydet.VisDroneMetric does not"
        )
    if crowd := sum(bool(ann.get("iscrowd")) for ann in data.coco["annotations"]):
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


def findings(
    args: argparse.Namespace, data: Data, seen: list[Seen], boxes: dict[str, list[dict]]
) -> Iterator[str]:
    """Yield a sentence for each kind of fault of a file that does not stop a training."""
    yield against_published(args.dataset, data.coco)
    yield data.faults.summary()
    yield from box_sentences(boxes)
    if seen:
        yield from picture_findings(data, seen)


def bad_images(data: Data, seen: list[Seen]) -> list[str]:
    """Return what is wrong with the images that training could not load."""
    if seen:
        return [one.problem for one in seen if one.problem]
    return list(find_missing([str(path) for path in data.paths]).values())


def written(
    args: argparse.Namespace, data: Data, boxes: dict[str, list[dict]], leaks: Leaks | None
) -> Iterator[str]:
    """Write what --fix and --leak-free ask for; yield a sentence a file."""
    if args.fix:
        listed = args.fix.with_suffix(".csv")
        write_findings(listed, data, boxes)
        yield f"{listed}: {sum(map(len, boxes.values()))} findings that no rule mends, a row each"
    if args.leak_free:
        yield from leaks.write(args.leak_free, args.drop_from)


def check(args: argparse.Namespace) -> int:
    """Print what is found in a file and its images; return the exit code."""
    classes = args.classes or NAMED[args.dataset].METAINFO.get("classes")
    data = Data.read(args.annotations, args.images, classes)
    files = [data, *(Data.read(*split) for split in args.against)]
    if args.leak_free:
        check_names(files)
    looks = [] if args.no_decode else [survey(file, bool(args.against)) for file in files]
    seen = looks[0] if looks else []
    print_statistics(describe(data.used))
    boxes = box_findings(data, seen)
    leaks = Leaks(files, looks) if args.against else None
    found = [*findings(args, data, seen, boxes), *(leaks.sentences() if leaks else ())]
    narrow = narrow_range(data.paths) if seen else ""
    for note in [*alone(data, files[1:]), *(leaks.notes() if leaks else ())]:
        print(f"note: {note}")
    for sentence in filter(None, [data.left_out, *found, *differences(data), narrow]):
        print(f"warning: {sentence}")
    for sentence in written(args, data, boxes, leaks):
        print(f"written: {sentence}")
    problem = "" if args.training_only else evaluation_problem(data.coco, args.annotations)
    bad = bad_images(data, seen)
    for reason in filter(None, [*(f"image {words}" for words in bad), problem]):
        print(f"error: {reason}")
    stops = bool(bad) or all(ann.get("iscrowd") for ann in data.used["annotations"])
    if args.strict and any(found):
        print("error: --strict stops at the warnings above")
    print(verdict(stops, bool(problem), args.training_only))
    return 1 if stops or problem or (args.strict and any(found)) else 0


@reported
def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    if args.config:
        for found in rehearse(args.config, decode=not args.no_decode):
            print(found)
        print("no problem that stops training")
        return 0
    if args.fix:
        write_mended(args)
        args.annotations = str(args.fix)
    return check(args)


if __name__ == "__main__":
    sys.exit(main())
