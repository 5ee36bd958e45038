#!/usr/bin/env python
"""Conversion of annotations: time, peak memory, and what a round trip changed.

python benchmarks/conversion.py --folder work_dirs/conversion
python benchmarks/conversion.py --ann train.json --images images --pairs --folder work_dirs/pairs
python benchmarks/conversion.py --subset --folder work_dirs/conversion

Without --ann, a COCO file of --pictures pictures with --boxes boxes each is made, and its pictures,
which are blank. Each conversion runs as tools/data/convert.py in a process of its own; the peak is
of the whole process, the interpreter and torch included. COCO is converted into each format and
back, or with --pairs from each format into each: a row names the pair, and its change is that
between the first file and what came back. With --subset, tools/data/subset.py runs in its place.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from tinydet.data_tools.difference import difference
from tinydet.data_tools.faults import Faults
from tinydet.data_tools.formats import WRITERS, coco
from tinydet.data_tools.source import Source

TOOLS = Path(__file__).parents[1] / "tools/data"
SIDE = 1000
SUBSETS = {
    "two of eight classes": ["--keep", "class 1", "class 2"],
    "the same, the others ignored": ["--keep", "class 1", "class 2", "--ignore-rest"],
    "sizes, clipped, half of the pictures": ["--size", "4", "20", "--clip", "--sample", "5000"],
    "split by group": ["--split", "train=0.8", "val=0.2", "--group", "^(..)"],
}
FILES = {"coco": "train.json", "csv": "train.csv", "yolo": "yolo", "voc": "voc"}


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--ann", type=Path, help="a COCO file in place of the generated one")
    parser.add_argument("--images", type=Path, help="its pictures")
    parser.add_argument("--pictures", type=int, default=10_000)
    parser.add_argument("--boxes", type=int, default=260, help="of each picture")
    parser.add_argument("--formats", nargs="+", choices=WRITERS, default=["yolo", "voc", "csv"])
    parser.add_argument("--pairs", action="store_true", help="every pair of the formats")
    parser.add_argument("--subset", action="store_true", help="choices in place of conversions")
    parser.add_argument("--folder", type=Path, required=True, help="for the files")
    return parser.parse_args()


def generate(folder: Path, pictures: int, boxes: int) -> tuple[Path, Path]:
    """Write a COCO file and blank pictures; return both paths."""
    rng = np.random.default_rng(0)
    images = folder / "images"
    images.mkdir(parents=True, exist_ok=True)
    blank = Image.new("1", (SIDE, SIDE))
    names = [f"{number:05d}.png" for number in range(pictures)]
    for name in names:
        if not (images / name).exists():
            blank.save(images / name)
    path = folder / "generated" / "train.json"
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding="utf-8") as stream:
        listed = [dict(id=i, file_name=n, width=SIDE, height=SIDE) for i, n in enumerate(names, 1)]
        categories = [dict(id=i, name=f"class {i}") for i in range(1, 9)]
        stream.write(f'{{"images": {json.dumps(listed)}, "categories": {json.dumps(categories)}, ')
        stream.write('"annotations": [')
        for number in range(pictures):
            rows = _annotations(rng, number, boxes)
            stream.write(("," if number else "") + json.dumps(rows)[1:-1])
        stream.write("]}")
    return path, images


def _annotations(rng: np.random.Generator, number: int, boxes: int) -> list[dict]:
    sizes = rng.lognormal(2.4, 0.5, (boxes, 2))
    corners = rng.uniform(0, SIDE, (boxes, 2)) - sizes / 2
    table = np.concatenate([corners, sizes], 1).round(3).tolist()
    labels = rng.integers(1, 9, boxes).tolist()
    return [
        dict(
            id=number * boxes + row,
            image_id=number + 1,
            category_id=label,
            bbox=box,
            area=box[2] * box[3],
            iscrowd=0,
        )
        for row, (box, label) in enumerate(zip(table, labels, strict=True), start=1)
    ]


def run(tool: str, *arguments: object) -> tuple[float, float]:
    """Run a tool; return seconds of the processor and the peak in MiB."""
    command = [sys.executable, TOOLS / tool, *map(str, arguments)]
    process = subprocess.Popen(command, stdout=sys.stderr)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(map(str, command))} failed")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def convert(form: str, to: str, ann: Path, out: Path, images: Path) -> tuple[float, float]:
    """Convert a file or a folder; return what :func:`run` does."""
    out.parent.mkdir(parents=True, exist_ok=True)
    between = ("--from", form, "--to", to)
    return run("convert.py", *between, "--ann", ann, "--images", images, "--out", out)


def subsets(folder: Path, ann: Path) -> Iterator[str]:
    """Yield a row per choice of classes, boxes or pictures."""
    for name, options in SUBSETS.items():
        out = folder / "subset" if "--split" in options else folder / "subset.json"
        seconds, mib = run("subset.py", "--ann", ann, *options, "--out", out)
        yield f"| {name} | {seconds:.0f} s | {mib:,.0f} MiB |"


def trips(args: argparse.Namespace, first: Path, images: Path) -> Iterator[str]:
    """Yield a row per way from COCO over one or two formats and back."""
    starts = ["coco", *args.formats] if args.pairs else ["coco"]
    for start in starts:
        given, cost = first, ""
        if start != "coco":
            given = args.folder / start / FILES[start]
            convert("coco", start, first, given, images)
        for to in ["coco", *args.formats] if args.pairs else args.formats:
            there = args.folder / f"{start}-{to}" / FILES[to]
            back = args.folder / f"{start}-{to}" / "back.json"
            began = time.perf_counter()
            costs = [convert(start, to, given, there, images)]
            costs.append(convert(to, "coco", there, back, images))
            cost = "".join(f" {seconds:.0f} s {mib:.0f} MiB |" for seconds, mib in costs)
            found = difference(_read(first), _read(back if back.is_file() else back / "train.json"))
            yield (
                f"| {start} to {to}, and to COCO |{cost} {found.pictures} | {found.boxes} | "
                f"{found.change:.1e} px | {time.perf_counter() - began:.0f} s |"
            )


def _read(path: Path):
    (data,) = coco.read(Source(path, Faults())).values()
    return data


def main() -> int:
    args = parse_args()
    if args.ann:
        ann, images = args.ann, args.images
    else:
        ann, images = generate(args.folder, args.pictures, args.boxes)
    if args.subset:
        print("| subset | seconds | peak |\n|---|---|---|")
        for row in subsets(args.folder, ann):
            print(row, flush=True)
        return 0
    print("| conversion | there | back | pictures lost | boxes lost | largest change | wall |")
    print("|---|---|---|---|---|---|---|")
    for row in trips(args, ann, images):
        print(row, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
