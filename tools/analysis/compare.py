#!/usr/bin/env python
"""Compare predictions on the same pictures: AP of each, difference, 95 % interval, verdict.

python tools/analysis/compare.py --ann gt.json --pred a.json b.json
python tools/analysis/compare.py --ann gt.json --pred a0.json b0.json --pred a1.json b1.json
python tools/analysis/compare.py --ann gt.json --pred a.json b.json --group flight --html c.html

The interval is that of a paired bootstrap over the pictures. Several --pred are the seeds of two
configs, a pair each: the interval then holds for other trainings as well. --group draws whole
flights or scenes, because neighboring frames tell the same.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import tinydet  # noqa: F401  (first, because mmdet needs mmcv's operators)

# isort: split
from tinydet.analysis.paired import RESAMPLES, compare
from tinydet.data_tools.error_page.comparison import (
    comparison,
    sentence,
    text_table,
)
from tinydet.data_tools.error_page.side import short_names
from tinydet.data_tools.page import page, write
from tinydet.data_tools.splitting import group_names
from tinydet.errors import reported
from tinydet.evaluation.belonging import read_belonging
from tinydet.evaluation.ground_truth import read_ground_truth


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--ann", type=Path, required=True, help="ground truth: COCO JSON")
    parser.add_argument(
        "--pred",
        type=Path,
        nargs=2,
        action="append",
        required=True,
        metavar=("A", "B"),
        help="COCO results of both sides; once more for each further seed",
    )
    parser.add_argument(
        "--group", metavar="FIELD_OR_REGEX", help="flight or scene of a picture, as for subset.py"
    )
    parser.add_argument("--resamples", type=int, default=RESAMPLES, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=0, help="of the bootstrap (default: 0)")
    parser.add_argument("--html", type=Path, help="page to write")
    args = parser.parse_args(argv)
    if args.resamples < 100:
        parser.error("--resamples must be at least 100")
    return args


@reported
def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    truth = read_ground_truth(args.ann)
    sides = [
        [read_belonging(truth, args.ann, path) for path in side]
        for side in zip(*args.pred, strict=True)
    ]
    images = [(image.get("file_name", ""), image) for image in truth["images"]]
    groups = group_names(images, args.group) if args.group else None
    options = dict(groups=groups, resamples=args.resamples, seed=args.seed)
    found = compare(truth, *sides, **options)
    names = short_names(args.pred[0])
    print(text_table(found, names))
    print(sentence(found[0], names, len(args.pred)))
    if args.html:
        title = f"{names[1]} against {names[0]}"
        write(args.html, page(title, [comparison(found, names, len(args.pred))], str(args.ann)))
        print(f"wrote {args.html}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
