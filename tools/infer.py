#!/usr/bin/env python
"""Detect objects in an image, a folder or a glob; write pictures and files of predictions.

python tools/infer.py configs/lrnet/lrnet_n_synthetic.py work_dirs/demo/best.pth data/synthetic/val
python tools/infer.py CONFIG CHECKPOINT 'flight7/*.jpg' --out found --format coco csv yolo --inset
"""

from __future__ import annotations

import argparse
import csv
import glob
import json
import re
import sys
from pathlib import Path

import numpy as np
import torch
from mmengine.config import DictAction
from PIL import Image
from tqdm import tqdm

from tinydet.checkpoints import load_model
from tinydet.configuration import load_config
from tinydet.errors import InputError, reported
from tinydet.inference import predict
from tinydet.visualization.draw import Objects
from tinydet.visualization.panels import picture

SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp"}


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", type=Path)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("input", help="an image, a folder, or a glob in quotes")
    parser.add_argument("--out", type=Path, default=Path("predictions"))
    parser.add_argument("--score-thr", type=float, default=0.3)
    parser.add_argument("--format", nargs="+", choices=["coco", "csv", "yolo"], default=["coco"])
    parser.add_argument("--no-pictures", action="store_true")
    parser.add_argument("--inset", action="store_true", help="enlarge the densest region")
    parser.add_argument("--zoom", type=int, help="whole factor; default: up to 1280 px wide")
    parser.add_argument("--batch-size", type=int, default=1)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument(
        "--cfg-options", nargs="+", action=DictAction, default={}, metavar="KEY=VALUE"
    )
    return parser.parse_args(argv)


def find_images(source: str) -> tuple[Path, list[Path]]:
    """Return the folder that names are relative to, and the images, 2 before 10.

    Raises:
        InputError: Nothing matches.
    """
    path = Path(source)
    if path.is_file():
        return path.parent, [path]
    if path.is_dir():
        root, files = path, path.rglob("*")
    else:
        files = [Path(name) for name in glob.glob(source, recursive=True)]
        fixed = re.split(r"[*?\[]", source)[0]
        root = Path(fixed) if Path(fixed).is_dir() else Path(fixed).parent
    images = [file for file in files if file.is_file() and file.suffix.lower() in SUFFIXES]
    if not images:
        raise InputError(
            f"no image matches {source!r} (looked for {', '.join(sorted(SUFFIXES))} in "
            f"{root.resolve()})"
        )

    def natural(file: Path) -> list:
        return [int(p) if p.isdigit() else p for p in re.split(r"(\d+)", file.as_posix())]

    return root, sorted(images, key=natural)


def write_coco(out: Path, rows: list[tuple], classes: list[str]) -> Path:
    """Write images, categories and detections as one COCO file; ids count from 1."""
    images, annotations = [], []
    for number, (name, (width, height), found) in enumerate(rows, start=1):
        images.append(dict(id=number, file_name=name, width=width, height=height))
        for box, label, score in zip(found.boxes, found.labels, found.scores, strict=True):
            x1, y1, x2, y2 = map(float, box)
            annotations.append(
                dict(
                    id=len(annotations) + 1,
                    image_id=number,
                    category_id=int(label) + 1,
                    bbox=[x1, y1, x2 - x1, y2 - y1],
                    area=(x2 - x1) * (y2 - y1),
                    iscrowd=0,
                    score=float(score),
                )
            )
    categories = [dict(id=number, name=name) for number, name in enumerate(classes, start=1)]
    path = out / "predictions.json"
    coco = dict(images=images, categories=categories, annotations=annotations)
    path.write_text(json.dumps(coco), encoding="utf-8")
    return path


def write_csv(out: Path, rows: list[tuple], classes: list[str]) -> Path:
    """Write a line a detection: file, class, score, corners in pixels."""
    path = out / "predictions.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "class", "score", "x1", "y1", "x2", "y2"])
        for name, _, found in rows:
            for box, label, score in zip(found.boxes, found.labels, found.scores, strict=True):
                numbers = [f"{number:.2f}" for number in box]
                writer.writerow([name, classes[label], f"{score:.4f}", *numbers])
    return path


def write_yolo(out: Path, rows: list[tuple], classes: list[str]) -> Path:
    """Write a text file an image: class, centre x, centre y, width, height (fractions), score."""
    folder = out / "labels"
    for name, (width, height), found in rows:
        x1, y1, x2, y2 = (found.boxes / [width, height, width, height]).T
        numbers = np.stack([(x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1, found.scores], 1)
        lines = [
            f"{label} " + " ".join(f"{number:.6f}" for number in row)
            for label, row in zip(found.labels, numbers, strict=True)
        ]
        path = folder / Path(name).with_suffix(".txt")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    (folder / "classes.txt").write_text("\n".join(classes) + "\n", encoding="utf-8")
    return folder


WRITERS = {"coco": write_coco, "csv": write_csv, "yolo": write_yolo}


@reported
def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    root, paths = find_images(args.input)
    config = load_config(args.config, args.cfg_options)
    model = load_model(config, args.checkpoint, args.device)
    classes = list(model.dataset_meta["classes"])
    args.out.mkdir(parents=True, exist_ok=True)
    rows, bad = [], []
    progress = tqdm(predict(model, config, paths, args.batch_size), total=len(paths), unit="image")
    for path, found in progress:
        if isinstance(found, str):
            bad.append(found)
            continue
        found = found.select(found.scores >= args.score_thr)
        name = path.relative_to(root).as_posix()
        with Image.open(path) as image:
            rows.append((name, image.size, found))
            if not args.no_pictures:
                draw(args, image, name, found, classes)
    for name in args.format:
        print(f"{name}: {WRITERS[name](args.out, rows, classes)}")
    count = sum(len(found) for _, _, found in rows)
    print(f"{count} objects with a score from {args.score_thr} in {len(rows)} images: {args.out}")
    if bad:
        raise InputError(f"{len(bad)} of {len(paths)} images could not be read: " + "; ".join(bad))
    return 0


def draw(
    args: argparse.Namespace, image: Image.Image, name: str, found: Objects, classes: list[str]
) -> None:
    """Write the picture of one image under its relative name."""
    note = f"score from {args.score_thr}"
    pixels = np.asarray(image.convert("RGB"))
    drawn = picture(pixels, found, classes, args.zoom, args.inset, note)
    path = args.out / "pictures" / (name + ".png")  # with its suffix: a.jpg and a.png differ
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(drawn).save(path)


if __name__ == "__main__":
    sys.exit(main())
