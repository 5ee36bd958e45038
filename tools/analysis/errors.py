#!/usr/bin/env python
"""Show what a detector misses and why, as a page that a double click opens.

python tools/analysis/errors.py --ann gt.json --pred dt.json --images images --html errors.html
python tools/analysis/errors.py --ann gt.json --pred a.json b.json --images images --html e.html

Errors are TIDE's kinds, with NWD beside IoU for objects under 8 px, by AI-TOD's size ranges and by
class. A second file is shown beside the first, with the interval of the difference.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import tinydet  # noqa: F401  (first, because mmdet needs mmcv's operators)

# isort: split
from tinydet.analysis.paired import RESAMPLES, compare
from tinydet.data_tools.error_page.sections import headline, sections
from tinydet.data_tools.error_page.side import Side, short_names
from tinydet.data_tools.page import page, write
from tinydet.errors import InputError, reported
from tinydet.evaluation.belonging import read_belonging
from tinydet.evaluation.ground_truth import read_ground_truth


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--ann", type=Path, required=True, help="ground truth: COCO JSON")
    parser.add_argument(
        "--pred", type=Path, nargs="+", required=True, help="COCO results, one file or two"
    )
    parser.add_argument("--images", type=Path, help="folder that file names start from")
    parser.add_argument("--html", type=Path, required=True, help="page to write")
    parser.add_argument("--pictures", type=int, default=24, help="to show (default: 24)")
    parser.add_argument(
        "--score-thr",
        type=float,
        help="count and draw detections from this score on (default: each class's with the least "
        "oLRP)",
    )
    parser.add_argument("--resamples", type=int, default=RESAMPLES, help="default: %(default)s")
    args = parser.parse_args(argv)
    if len(args.pred) > 2:
        parser.error(f"--pred names {len(args.pred)} files; a page shows one or two")
    if args.pictures < 1 or args.resamples < 100:
        parser.error("--pictures must be at least 1 and --resamples 100")
    return args


def check_images(truth: dict, ann: Path, folder: Path) -> None:
    """Refuse a folder that does not exist, and images without names."""
    if not folder.is_dir():
        raise InputError(f"--images {folder} is no folder; name the one that file names start from")
    nameless = [
        image["id"] for image in truth["images"] if not isinstance(image.get("file_name"), str)
    ]
    if nameless:
        raise InputError(
            f"{ann}: {len(nameless)} images have no 'file_name', the first has the id "
            f"{nameless[0]}; leave out --images, or name the files"
        )


@reported
def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    truth = read_ground_truth(args.ann)
    if args.images:
        check_images(truth, args.ann, args.images)
    found = [read_belonging(truth, args.ann, path) for path in args.pred]
    names = short_names(args.pred)
    sides = [
        Side.of(name, truth, one, args.score_thr) for name, one in zip(names, found, strict=True)
    ]
    differences = (
        compare(truth, *([side.detections] for side in sides), resamples=args.resamples)
        if len(sides) > 1
        else []
    )
    parts = sections(sides, differences, args.images, args.pictures)
    write(args.html, page(f"Errors of {' and '.join(names)}", parts, str(args.ann)))
    for side in sides:
        print(headline(side))
    print(f"wrote {args.html}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
