#!/usr/bin/env python
"""Detect objects in an image, a folder or a glob; write pictures and files of predictions.

python tools/infer.py configs/lrnet/lrnet_n_14e_synthetic.py best.pth data/synthetic/val
python tools/infer.py CONFIG CHECKPOINT 'flight7/*.jpg' --out found --format coco csv yolo --inset
python tools/infer.py CONFIG CHECKPOINT images --ids-from val.json --score-thr 0 --classes ship
"""

from __future__ import annotations

import argparse
import glob
import re
import sys
from functools import partial
from pathlib import Path

import numpy as np
from mmengine.config import DictAction
from PIL import Image
from tqdm import tqdm

from tinydet.checkpoints import load_model
from tinydet.configuration import load_config
from tinydet.datasets.loading import as_seen
from tinydet.devices import usable_device
from tinydet.errors import InputError, reported
from tinydet.inference.export import WRITERS, Found, write_coco
from tinydet.inference.numbering import of_file
from tinydet.inference.predict import class_names, labels_of, predict, test_pipeline
from tinydet.visualization.panels import picture

SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp"}


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", type=Path)
    parser.add_argument("checkpoint", help="a file or its URL")
    parser.add_argument("input", help="an image, a folder (with those in it), or a glob in quotes")
    parser.add_argument("--out", type=Path, default=Path("predictions"))
    parser.add_argument(
        "--score-thr", type=float, default=0.3, help="what is below is in no file (default: 0.3)"
    )
    parser.add_argument(
        "--classes", nargs="+", metavar="NAME", help="keep these of the model's classes alone"
    )
    parser.add_argument(
        "--ids-from",
        type=Path,
        metavar="JSON",
        help="a COCO file whose image and category ids the COCO results get, known by file name "
        "and class name, so that tools/evaluate.py --ann JSON can be run on them",
    )
    parser.add_argument("--format", nargs="+", choices=list(WRITERS), default=["coco"])
    parser.add_argument("--no-pictures", action="store_true")
    parser.add_argument("--inset", action="store_true", help="enlarge the densest region")
    parser.add_argument("--zoom", type=positive, help="whole factor; default: up to 1280 px wide")
    parser.add_argument(
        "--batch-size",
        type=positive,
        default=1,
        help="images that go through the model together: fills a GPU; a CPU is not faster by it",
    )
    parser.add_argument("--device", default="auto", help="auto (default), cpu, cuda or cuda:N")
    parser.add_argument(
        "--cfg-options", nargs="+", action=DictAction, default={}, metavar="KEY=VALUE"
    )
    return parser.parse_args(argv)


def positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


def find_images(source: str, out: Path) -> tuple[Path, list[Path]]:
    """Return the folder that names are relative to, and the images, 2 before 10.

    What lies in ``out`` is left aside: pictures of an earlier run are not input.

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
    written = out.resolve()
    images = [
        file
        for file in files
        if file.suffix.lower() in SUFFIXES
        and file.is_file()
        and written not in file.resolve().parents
    ]
    if not images:
        raise InputError(
            f"no image matches {source!r} (looked for {', '.join(sorted(SUFFIXES))} in "
            f"{root.resolve()})"
        )

    def natural(file: Path) -> list:
        return [int(p) if p.isdecimal() else p for p in re.split(r"(\d+)", file.as_posix())]

    return root, sorted(images, key=natural)


@reported
def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    root, paths = find_images(args.input, args.out)
    config = load_config(args.config, args.cfg_options)
    model = load_model(config, args.checkpoint, usable_device(args.device))
    classes = class_names(model, config)
    labels = labels_of(args.classes, classes)
    names = [path.relative_to(root).as_posix() for path in paths]
    kept = [classes[label] for label in labels]
    numbering = of_file(args.ids_from, names, kept) if args.ids_from else None
    args.out.mkdir(parents=True, exist_ok=True)
    transforms = test_pipeline(config).transforms
    images, bad = [], []
    progress = tqdm(predict(model, config, paths, args.batch_size), total=len(paths), unit="image")
    for path, objects in progress:
        if isinstance(objects, str):
            bad.append(objects)
            continue
        sure = objects.scores >= args.score_thr
        objects = objects.select(sure & np.isin(objects.labels, labels))
        pixels = as_seen(path, transforms)
        name = path.relative_to(root).as_posix()
        images.append(Found(name, pixels.shape[1], pixels.shape[0], objects))
        if not args.no_pictures:
            note = f"score from {args.score_thr:g}"
            drawn = picture(pixels, objects, classes, args.zoom, args.inset, note)
            target = args.out / "pictures" / f"{name}.png"  # with its suffix: a.jpg, a.png differ
            target.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(drawn).save(target)
    for name in args.format:
        write = partial(write_coco, numbering=numbering) if name == "coco" else WRITERS[name]
        print(f"{name}: {write(args.out, images, classes)}")
    count = sum(len(image.objects) for image in images)
    above = f"with a score from {args.score_thr:g}"
    print(f"{count} objects {above} in {len(images)} images: {args.out}")
    if bad:
        raise InputError(f"{len(bad)} of {len(paths)} images could not be read: " + "; ".join(bad))
    return 0


if __name__ == "__main__":
    sys.exit(main())
