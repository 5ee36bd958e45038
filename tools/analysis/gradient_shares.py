#!/usr/bin/env python
r"""Print which sizes of objects the gradient of a box loss goes to, beside another loss.

python tools/analysis/gradient_shares.py --ann val.json --pred dt.json --losses CIoU RSIoU
python tools/analysis/gradient_shares.py --ann val.json --pred dt.json \
    --losses "SFL(l1_weight=0, beta=1.4427, area_range=(1e-6, 1e12))" SFL "SFL(normalize=True)"

The boxes are those of a detector, each beside the object of its class that it overlaps most, by
IoU 0.1 at least. "gradient" is the sum of |dL / dx1| to |dL / dy2| per px, and its ratio is that
to the first loss. The first SFL above is 1 - IoU², YOLOX's loss: its weight is 1 for all sizes.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import tinydet  # noqa: F401  (first, because mmdet needs mmcv's operators)

# isort: split
from tinydet.analysis.gradient_shares import Pairs, gradient_shares, pairs_of
from tinydet.analysis.loss_from_text import loss_from_text
from tinydet.datasets.statistics import RANGES
from tinydet.errors import InputError, reported
from tinydet.evaluation.detections import as_detections, usable
from tinydet.evaluation.ground_truth import read_ground_truth


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--ann", type=Path, required=True, help="ground truth: COCO JSON")
    parser.add_argument("--pred", type=Path, required=True, help="COCO results")
    parser.add_argument(
        "--losses", nargs="+", required=True, metavar="LOSS", help="such as 'RSIoU(focal=None)'"
    )
    parser.add_argument("--batch", type=int, default=8, help="images a call (default: 8)")
    parser.add_argument("--least-iou", type=float, default=0.1, help="default: %(default)s")
    parser.add_argument("--least-score", type=float, default=0.05, help="default: %(default)s")
    args = parser.parse_args(argv)
    if args.batch < 1:
        parser.error(f"--batch {args.batch}: a call has at least one image")
    return args


def table(losses: list[str], calls: list[Pairs]) -> str:
    """Return a Markdown table, a row for each loss."""
    every = [gradient_shares(loss_from_text(text), calls) for text in losses]
    ranges = [name for name, count in zip(RANGES, every[0].counts, strict=True) if count]
    columns = [f"{name}: share, mean" for name in ranges]
    lines = [f"| loss | {' | '.join(columns)} | mean | ratio |", "|---" * (len(ranges) + 3) + "|"]
    filled = every[0].counts > 0
    counts = every[0].counts[filled]
    lines.append(f"| pairs | {' | '.join(f'{share:.1%}' for share in counts / counts.sum())} | | |")
    for text, shares in zip(losses, every, strict=True):
        cells = [
            f"{share:.1%}, {mean:.3f}"
            for share, mean in zip(shares.share[filled], shares.mean[filled], strict=True)
        ]
        ratio = shares.total / every[0].total if every[0].total else float("nan")
        lines.append(f"| {text} | {' | '.join(cells)} | {shares.total:.3f} | {ratio:.2f} |")
    return "\n".join(lines)


@reported
def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    truth = read_ground_truth(args.ann)
    ids = ([entry["id"] for entry in truth[section]] for section in ("images", "categories"))
    found = usable(as_detections(args.pred), *ids)
    calls = pairs_of(truth, found, args.batch, args.least_iou, args.least_score)
    if not calls:
        raise InputError(
            f"{args.pred}: no detection with a score from {args.least_score:g} overlaps an object "
            f"of {args.ann} by an IoU of {args.least_iou:g}"
        )
    count = sum(len(pairs.found) for pairs in calls)
    print(f"{count:,} pairs in {len(calls)} calls\n\n{table(args.losses, calls)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
