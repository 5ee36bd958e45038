#!/usr/bin/env python
"""Print parameters, FLOPs, latency and memory of models, as a Markdown table.

python tools/analysis/complexity.py configs/lrnet/lrnet_n_1500e_aitod.py
python tools/analysis/complexity.py CONFIG CONFIG --device cuda --shape 1024 1024
python tools/analysis/complexity.py CONFIG --only parameters flops --json costs.json
python tools/analysis/complexity.py configs/yolov10/yolov10_n_300e_coco.py --deployed

FLOPs are multiply-adds, each counted once; in a two-stage detector they depend on the number of
proposals. Latency and memory are for one image and include post-processing. The weights are those
at the start of a training, so the number of boxes in the post-processing is not typical.
With --deployed a model is measured as the papers of the YOLO family count: parallel convolutions
are merged, batch normalization is folded, and branches that only train are dropped. The GFLOPs of
those papers are twice ours.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

import torch
from mmengine.config import DictAction

from tinydet.analysis.complexity import MEASURES, Profile, profile
from tinydet.configuration import load_config
from tinydet.errors import InputError, reported
from tinydet.files import write_whole

HEADING = (
    "| config | input | parameters (M) | FLOPs (G) | latency (ms) | memory (MiB) | device |\n"
    "|---|---|---|---|---|---|---|"
)


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", type=Path, nargs="+", help="config files")
    parser.add_argument(
        "--shape",
        type=int,
        nargs=2,
        metavar=("H", "W"),
        help="input size (default: the test size of the config)",
    )
    parser.add_argument(
        "--device",
        default="cuda" if torch.cuda.is_available() else "cpu",
        help="cpu, cuda or cuda:N (default: cuda if available)",
    )
    parser.add_argument(
        "--only", nargs="+", choices=MEASURES, default=MEASURES, help="measures (default: all)"
    )
    parser.add_argument(
        "--repeats", type=int, default=10, help="number of timed predictions (default: 10)"
    )
    parser.add_argument(
        "--deployed", action="store_true", help="measure the form that only predicts"
    )
    parser.add_argument(
        "--json", type=Path, help="also write the numbers of the one config to this file"
    )
    parser.add_argument(
        "--cfg-options",
        nargs="+",
        action=DictAction,
        default={},
        metavar="KEY=VALUE",
        help="values that override the config's",
    )
    args = parser.parse_args(argv)
    if args.json and len(args.config) > 1:
        parser.error("--json takes one config at a time")
    if args.repeats < 1 or (args.shape and min(args.shape) < 1):
        parser.error("--repeats and --shape must be at least 1")
    return args


def row(name: str, costs: Profile) -> str:
    """Return a line of the table, with empty cells for failed measurements."""
    cells = (
        _scaled(costs.parameters, 1e6, 2),
        _scaled(costs.flops, 1e9, 2),
        _scaled(costs.latency, 1e-3, 1),
        _scaled(costs.memory, 2**20, 0),
    )
    height, width = costs.size
    return f"| {name} | {height}×{width} | {' | '.join(cells)} | {costs.device} |"


def _scaled(value: float | None, unit: float, digits: int) -> str:
    return "" if value is None else f"{value / unit:.{digits}f}"


@reported
def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    if args.device.startswith("cuda") and not torch.cuda.is_available():
        raise InputError(f"--device {args.device}: torch sees no GPU here; use --device cpu")
    size = tuple(args.shape) if args.shape else None
    reasons = []
    print(HEADING)
    for path in args.config:
        config = load_config(path, args.cfg_options)
        costs = profile(config, size, args.device, args.only, args.repeats, args.deployed)
        print(row(path.stem, costs), flush=True)
        reasons += [f"{path.stem}, {name}: {why}" for name, why in costs.reasons.items()]
        if args.json:
            write_whole(args.json, json.dumps(asdict(costs), indent=1) + "\n")
    for reason in reasons:
        print(reason, file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
