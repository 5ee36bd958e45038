#!/usr/bin/env python
"""Make the embedded synthetic data set: aerial scenes with AI-TOD's classes and sizes.

python tools/data/make_synthetic.py --out data/synthetic --train 600 --val 150 --size 256 --seed 0
python tools/data/make_synthetic.py --scene 2048 --train 60 --val 20   # large scenes, for tiles

The same seed gives the same pictures on every machine. A folder that holds the same set already
is left as it is; one that holds anything else is not touched.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from pathlib import Path

from tinydet.datasets.synthetic import write_dataset
from tinydet.datasets.synthetic.shapes import SHAPES
from tinydet.errors import reported


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--out", type=Path, help="default: data/synthetic, of scenes data/synthetic_scenes"
    )
    parser.add_argument("--train", type=int, help="pictures (default: 600, of scenes 60)")
    parser.add_argument("--val", type=int, help="pictures (default: 150, of scenes 20)")
    side = parser.add_mutually_exclusive_group()
    side.add_argument("--size", type=int, default=256, help="side in pixels (default: 256)")
    side.add_argument(
        "--scene",
        type=int,
        metavar="SIDE",
        help="large scenes of this side, in pixels: objects of 4 to 20 px and a few long bridges",
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--force", action="store_true", help="replace a set made by this tool")
    return parser.parse_args(argv)


def class_table(written: dict[str, list[dict]]) -> str:
    """Return the number of objects per class and split."""
    counts = {split: Counter(a["category_id"] for a in found) for split, found in written.items()}
    lines = [f"{'class':<14}" + "".join(f"{split:>8}" for split in counts)]
    for number, name in enumerate(SHAPES, start=1):
        lines.append(f"{name:<14}" + "".join(f"{count[number]:>8}" for count in counts.values()))
    total = "".join(f"{count.total():>8}" for count in counts.values())
    return "\n".join([*lines, f"{'all':<14}{total}"])


@reported
def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    scenes = args.scene is not None
    folder, *counts = ("data/synthetic_scenes", 60, 20) if scenes else ("data/synthetic", 600, 150)
    out = args.out or Path(folder)
    given = zip(("train", "val"), (args.train, args.val), counts, strict=True)
    counts = {split: usual if count is None else count for split, count, usual in given}
    side = args.scene if scenes else args.size
    written = write_dataset(out, counts, side, args.seed, args.workers, args.force, scenes)
    if written is None:
        print(f"nothing to do: {out} holds this set already (--force makes it again)")
        return 0
    print(f"{out}: {counts['train']} + {counts['val']} pictures of {side} px")
    print(class_table(written))
    return 0


if __name__ == "__main__":
    sys.exit(main())
