#!/usr/bin/env python
r"""Evaluate detections by a published protocol.

python tools/evaluate.py --protocol aitod --ann gt.json --pred dt.json
python tools/evaluate.py --protocol aitod --ann gt.json --pred dt.json \
    --max-dets 100 300 1500 --json numbers.json

For VisDrone, --ann and --pred are folders of text files, one file per image. The official protocol
needs the sizes of the images; COCO's needs a rule for ignored regions:

python tools/evaluate.py --protocol visdrone --ann annotations --pred results --images images
python tools/evaluate.py --protocol visdrone --ann annotations --pred results \
    --image-sizes sizes.json --json numbers.json
python tools/evaluate.py --protocol visdrone-coco --ann annotations --pred results \
    --ignore-rule crowd --max-dets 500
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from tinydet.errors import InputError, reported
from tinydet.evaluation import aitod, visdrone
from tinydet.evaluation.aitod.table import result_table as aitod_table
from tinydet.evaluation.backends import BACKENDS, REPLACED, load_backend
from tinydet.evaluation.belonging import read_belonging
from tinydet.evaluation.ground_truth import choose_categories, read_ground_truth
from tinydet.evaluation.protocol import IOU_THRS, MAX_DETS, Protocol
from tinydet.evaluation.visdrone.coco import RULES, evaluate_coco
from tinydet.evaluation.visdrone.folders import Split, read_folder
from tinydet.evaluation.visdrone.result import NO_OBJECT
from tinydet.evaluation.visdrone.result import result_table as visdrone_table
from tinydet.evaluation.visdrone.sizes import Sizes, find_images, read_sizes, sizes_of

OPTIONS = {
    "aitod": ("max_dets", "iou_thrs", "category_ids", "backend"),
    "visdrone": ("images", "image_sizes"),
    "visdrone-coco": ("max_dets", "ignore_rule", "backend"),
}


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--protocol", choices=OPTIONS, required=True)
    parser.add_argument(
        "--ann", type=Path, required=True, help="ground truth: COCO JSON, or VisDrone's folder"
    )
    parser.add_argument(
        "--pred", type=Path, required=True, help="detections: COCO results, or VisDrone's folder"
    )
    parser.add_argument(
        "--json",
        type=Path,
        help="write the numbers here, as each toolkit has them: AI-TOD's in 0..1, VisDrone's in "
        "per cent",
    )
    parser.add_argument(
        "--max-dets",
        type=int,
        nargs="+",
        metavar="N",
        help="aitod: 1 100 1500; visdrone-coco: 100 or 500",
    )
    parser.add_argument("--iou-thrs", type=float, nargs="+", metavar="T", help="aitod")
    parser.add_argument("--category-ids", type=int, nargs="+", metavar="ID", help="aitod: all")
    parser.add_argument(
        "--backend",
        choices=[*BACKENDS, *REPLACED],
        metavar="NAME",
        help=f"{', '.join(BACKENDS)}; default: {BACKENDS[0]}",
    )
    parser.add_argument("--images", type=Path, help="visdrone: folder of the images")
    parser.add_argument(
        "--image-sizes", type=Path, help='visdrone: JSON of {"image name": [height, width], …}'
    )
    parser.add_argument("--ignore-rule", choices=RULES, help="visdrone-coco: required")
    return parser.parse_args(argv)


def refuse_foreign_options(args: argparse.Namespace) -> None:
    """Refuse options that the protocol does not use."""
    for name in sorted(set().union(*OPTIONS.values()) - set(OPTIONS[args.protocol])):
        if getattr(args, name) is not None:
            raise InputError(
                f"--{name.replace('_', '-')} has no effect with --protocol {args.protocol}; leave "
                "the option out"
            )


def run_aitod(args: argparse.Namespace) -> tuple[dict[str, float], str]:
    """Return the numbers and the table."""
    match = load_backend(args.backend or BACKENDS[0])
    protocol = Protocol.of(args.max_dets or MAX_DETS, args.iou_thrs or IOU_THRS)
    truth = read_ground_truth(args.ann)
    detections = read_belonging(truth, args.ann, args.pred)
    chosen = dict(truth, categories=choose_categories(truth["categories"], args.category_ids))
    result = aitod.evaluate_read(chosen, detections, protocol, match)
    return result.summary, aitod_table(result)


def run_visdrone(args: argparse.Namespace) -> tuple[dict[str, float], str]:
    """Return the numbers under the toolkit's names, in per cent, and the table."""
    truth = read_folder(args.ann, truth=True)
    result = visdrone.evaluate_detailed(truth, args.pred, image_sizes(args, truth))
    return in_percent(result.summary), visdrone_table(result)


def in_percent(numbers: dict[str, float]) -> dict[str, float]:
    """Return fractions as the toolkit writes them; -1, for no object, stays."""
    return {name: value if value == NO_OBJECT else 100 * value for name, value in numbers.items()}


def image_sizes(args: argparse.Namespace, truth: Split) -> Sizes:
    """Read the sizes from a JSON file or from the images."""
    if (args.images is None) == (args.image_sizes is None):
        raise InputError(
            "--protocol visdrone draws the ignored regions and needs the sizes of the images; give "
            "one of --images FOLDER and --image-sizes sizes.json"
        )
    if args.image_sizes:
        return read_sizes(args.image_sizes)
    images = find_images(args.images)
    if others := images.keys() - truth.keys():
        print(f"{len(others)} images of {args.images} have no annotation file and are ignored")
    return sizes_of({name: path for name, path in images.items() if name in truth})


def run_visdrone_coco(args: argparse.Namespace) -> tuple[dict[str, float], str]:
    """Return the numbers, in per cent, and the table."""
    if args.max_dets and len(args.max_dets) > 1:
        raise InputError(f"--max-dets is {args.max_dets}; --protocol visdrone-coco takes one limit")
    result = evaluate_coco(
        args.ann,
        args.pred,
        args.ignore_rule,
        args.max_dets[0] if args.max_dets else None,
        args.backend or BACKENDS[0],
    )
    return in_percent(result.summary), visdrone_table(result)


RUNS = {"aitod": run_aitod, "visdrone": run_visdrone, "visdrone-coco": run_visdrone_coco}


@reported
def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    refuse_foreign_options(args)
    numbers, text = RUNS[args.protocol](args)
    print(text)
    if args.json:
        args.json.parent.mkdir(parents=True, exist_ok=True)
        args.json.write_text(json.dumps(numbers, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
