#!/usr/bin/env python
r"""Evaluate a COCO results file by a published protocol.

python tools/evaluate.py --protocol aitod --ann gt.json --pred dt.json
python tools/evaluate.py --protocol aitod --ann gt.json --pred dt.json \
    --max-dets 100 300 1500 --json numbers.json
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from tinydet.errors import reported
from tinydet.evaluation.aitod import evaluate_detailed
from tinydet.evaluation.backends import BACKENDS
from tinydet.evaluation.protocol import IOU_THRS, MAX_DETS
from tinydet.evaluation.table import result_table


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--protocol", choices=["aitod"], required=True)
    parser.add_argument("--ann", type=Path, required=True, help="ground truth, COCO JSON")
    parser.add_argument("--pred", type=Path, required=True, help="detections, COCO results JSON")
    parser.add_argument("--max-dets", type=int, nargs="+", default=list(MAX_DETS), metavar="N")
    parser.add_argument("--iou-thrs", type=float, nargs="+", default=list(IOU_THRS), metavar="T")
    parser.add_argument("--category-ids", type=int, nargs="+", metavar="ID", help="default: all")
    parser.add_argument("--backend", choices=BACKENDS, default=BACKENDS[0])
    parser.add_argument("--json", type=Path, help="write the flat numbers here")
    return parser.parse_args(argv)


@reported
def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    result = evaluate_detailed(
        args.ann,
        args.pred,
        args.max_dets,
        backend=args.backend,
        iou_thrs=args.iou_thrs,
        category_ids=args.category_ids,
    )
    print(result_table(result))
    if args.json:
        args.json.write_text(json.dumps(result.summary, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
