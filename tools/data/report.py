#!/usr/bin/env python
"""Write a page that shows a data set and says what its objects ask of a config.

python tools/data/report.py data/hituav/train.json --images data/hituav/images --html report.html
python tools/data/report.py train.json --images images --val val.json --config CONFIG --html r.html

The page is one file that a double click opens. With --config the advice holds for the sizes in the
config's input and has its anchors; without, for pictures as they are.
"""

from __future__ import annotations

import argparse
import sys

import tinydet  # noqa: F401  (first, because mmdet needs mmcv's operators)

# isort: split
from tinydet.configuration import load_config
from tinydet.data_tools.advice import advice
from tinydet.data_tools.data import Data
from tinydet.data_tools.objects import input_factors
from tinydet.data_tools.page import page, write
from tinydet.data_tools.report.sections import sections
from tinydet.errors import InputError, reported
from tinydet.evaluation.detections import as_detections


def read(file: str, folder: str | None) -> Data:
    """Return a file that has an object to report on.

    Raises:
        InputError: It has none; or see :meth:`Data.read`.
    """
    data = Data.read(file, folder)
    if not data.used["annotations"]:
        raise InputError(f"{file} has no object to report on; check it with tools/data/check.py")
    return data


@reported
def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("annotations", help="COCO JSON of the training set")
    parser.add_argument("--images", help="folder that its file names start from")
    parser.add_argument("--val", help="COCO JSON of the validation set, to compare")
    parser.add_argument("--config", help="config that will be trained")
    parser.add_argument("--predictions", help="COCO results on the pictures, to show")
    parser.add_argument("--html", required=True, help="page to write")
    args = parser.parse_args(argv)

    data = read(args.annotations, args.images)
    other = read(args.val, None) if args.val else None
    config = load_config(args.config) if args.config else None
    seen = data.objects
    if config:
        seen = seen.resized(input_factors(config, seen.shapes))
    found = as_detections(args.predictions) if args.predictions else None
    advices = list(advice(seen, config))
    lead = f"{args.annotations}, seen by {args.config}" if config else args.annotations
    write(
        args.html,
        page(f"Report of {data.name}", sections(data, other, seen, advices, found), lead),
    )
    for one in advices:
        print(one.title)
    print(f"wrote {args.html}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
