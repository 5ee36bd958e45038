#!/usr/bin/env python
"""Detect objects in an image, a folder, a glob or a video; write pictures and files.

python tools/infer.py recipe images            # by the weights that tinydet ships: docs/recipe.md
python tools/infer.py CONFIG CHECKPOINT images --out found --format coco csv yolo --inset
python tools/infer.py CONFIG CHECKPOINT 'flight7/*.jpg' --slice 640 --overlap 0.2 --batch-size 8
python tools/infer.py CONFIG CHECKPOINT scene.tif --slice 640 --format geojson gpkg --resume
python tools/infer.py CONFIG CHECKPOINT flight.mp4
python tools/infer.py CONFIG CHECKPOINT images --ids-from val.json --score-thr 0 --classes ship
"""

from __future__ import annotations

import argparse
import glob
import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from mmengine.config import DictAction
from tqdm import tqdm

from tinydet.errors import InputError, reported
from tinydet.inference.detector import Detector
from tinydet.inference.export import ON_MAP, WRITERS
from tinydet.inference.finished import FinishedTiles
from tinydet.inference.found import unsaid
from tinydet.inference.geo import georeference
from tinydet.inference.numbering import of_file
from tinydet.inference.pictures import save_pictures
from tinydet.inference.video import detect_video, is_video
from tinydet.slicing.joining import BORDERS
from tinydet.slicing.merging import METHODS

ROOT = Path(__file__).resolve().parents[1]
# Its scores are low: 0.15 has the best F1 on HIT-UAV's validation pictures (docs/recipe.md).
RECIPE_SCORE, SCORE = 0.15, 0.3
RECIPE = (str(ROOT / "configs/recipes/tiny_drone.py"), "tinydet://tiny_drone")
SOURCES = "an image, a folder, a glob in quotes, a video file, or camera:0"
SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp", ".jp2"}


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = options()
    whole = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[parser],
    )
    whole.add_argument("config", type=Path)
    whole.add_argument("checkpoint", help="a file or its URL")
    whole.add_argument("input", help=SOURCES)
    parser.error = whole.error  # whose usage names the positional arguments, too
    args, words = parser.parse_known_args(argv)
    recipe = words[:1] == ["recipe"]
    if recipe:
        words[:1] = RECIPE
    if args.score_thr is None:
        args.score_thr = RECIPE_SCORE if recipe else SCORE
    return whole.parse_args(words, args)


def options() -> argparse.ArgumentParser:
    """Return the parser of what may stand before, between and after the positional arguments."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--out", type=Path, default=Path("predictions"))
    parser.add_argument(
        "--score-thr",
        type=float,
        help=f"minimum score (default: {SCORE}; of the recipe {RECIPE_SCORE})",
    )
    parser.add_argument(
        "--classes", nargs="+", metavar="NAME", help="keep only these classes of the model"
    )
    parser.add_argument(
        "--ids-from",
        type=Path,
        metavar="JSON",
        help="take image and category ids for the COCO results from this COCO file, by file name "
        "and class name, for an evaluation with tools/evaluate.py --ann JSON",
    )
    parser.add_argument("--format", nargs="+", choices=list(WRITERS), default=["coco"])
    parser.add_argument("--crs", help="of pictures that name none, such as EPSG:32617")
    parser.add_argument("--no-pictures", action="store_true")
    parser.add_argument("--inset", action="store_true", help="enlarge the densest region")
    parser.add_argument("--zoom", type=positive, help="whole factor; default: up to 1280 px wide")
    parser.add_argument(
        "--resume",
        action="store_true",
        help="take over what an earlier run with the same --out and settings has finished",
    )
    parser.add_argument(
        "--batch-size",
        type=positive,
        default=1,
        help="images or tiles per forward pass; a larger batch speeds up a GPU, not a CPU",
    )
    parser.add_argument("--device", default="auto", help="auto (default), cpu, cuda or cuda:N")
    parser.add_argument("--bands", type=positive, nargs="+", help="of TIFF and JPEG 2000, from 1")
    parser.add_argument(
        "--stretch",
        type=stretch,
        help="of pictures deeper than 8 bits: percentile, or LOW,HIGH (black and white)",
    )
    parser.add_argument(
        "--cfg-options", nargs="+", action=DictAction, default={}, metavar="KEY=VALUE"
    )
    tiles = parser.add_argument_group("tiles")
    tiles.add_argument("--slice", type=positive, metavar="PX", help="look at tiles of this side")
    tiles.add_argument(
        "--overlap", type=overlap, default=0.2, help="of tiles: px, or a share (default: 0.2)"
    )
    tiles.add_argument("--border", choices=BORDERS, default="join", help="what a tile's edge cuts")
    tiles.add_argument("--merge", choices=METHODS, default="nms", help="of boxes of several tiles")
    tiles.add_argument(
        "--no-full-image", action="store_true", help="do not look at the whole picture, too"
    )
    return parser


def positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


def overlap(text: str) -> int | float:
    try:
        return int(text) if text.isdecimal() else float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is neither px nor a share") from None


def stretch(text: str) -> str | tuple[float, ...]:
    if text in ("percentile", "auto"):
        return text
    try:
        low, high = (float(value) for value in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is neither percentile nor LOW,HIGH") from None
    return low, high


def find_images(source: str, out: Path) -> tuple[Path, list[Path]]:
    """Return the folder to which names are relative, and the images in natural order (2 before 10).

    Images in ``out`` are skipped, because they are pictures of an earlier run.

    Raises:
        InputError: The path does not exist, or nothing matches.
    """
    path = Path(source)
    if path.is_file():
        return path.parent, [path]
    if path.is_dir():
        root, files = path, path.rglob("*")
    elif not re.search(r"[*?\[]", source):
        raise InputError(f"{source} does not exist; give {SOURCES}")
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


def make_detector(args: argparse.Namespace) -> Detector:
    slicing = {}
    if args.slice:
        merge = dict(type=args.merge)
        slicing = dict(border=args.border, merge=merge, full_image=not args.no_full_image)
    return Detector(
        args.config,
        args.checkpoint,
        device=args.device,
        slice=args.slice,
        overlap=args.overlap,
        batch_size=args.batch_size,
        score_thr=args.score_thr,
        classes=args.classes,
        bands=args.bands,
        stretch=args.stretch,
        options=args.cfg_options,
        **slicing,
    )


def check_places(paths: Sequence[Path], crs: str | None) -> None:
    """Refuse pictures without a place on a map, before the first is looked at."""
    for path in paths:
        georeference(path, crs)


@reported
def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    if is_video(args.input):
        print(detect_video(make_detector(args), args.input, args.out, not args.no_pictures))
        return 0
    root, paths = find_images(args.input, args.out)
    if set(ON_MAP) & set(args.format):
        check_places(paths, args.crs)
    detector = make_detector(args)
    names = [path.relative_to(root).as_posix() for path in paths]
    kept = [detector.classes[label] for label in detector.labels]
    numbering = of_file(args.ids_from, names, kept) if args.ids_from else None
    finished = FinishedTiles(args.out / "finished.sqlite", detector.settings(), args.resume)
    images, bad, partly, said = [], [], [], set()
    with tqdm(total=len(paths), unit="tile" if args.slice else "image") as bar:

        def progress(done: int, more: int) -> None:
            bar.total += more
            bar.update(done)

        stream = detector.stream(paths, finished, progress)
        for name, found in zip(names, stream, strict=True):
            if isinstance(found, str):
                bad.append(found)
                continue
            for note in unsaid(found.notes, said):
                bar.write(note)
            partly += found.problems
            images.append(replace(found, name=name))
            if not args.no_pictures:
                save_pictures(
                    images[-1], args.out / "pictures", args.zoom, args.inset, args.score_thr
                )
    finished.close()
    for name in args.format:
        options = dict(numbering=numbering) if name == "coco" else {}
        options = dict(crs=args.crs) if name in ON_MAP else options
        print(f"{name}: {partial(WRITERS[name], **options)(args.out, images, detector.classes)}")
    count = sum(len(image) for image in images)
    above = f"with a score from {args.score_thr:g}"
    print(f"{count} objects {above} in {len(images)} images: {args.out}")
    if bad or partly:
        whole = f"{len(bad)} of {len(paths)} images could not be read: " + "; ".join(bad)
        parts = f"{len(partly)} tiles could not be read: " + "; ".join(partly)
        raise InputError(". ".join([whole] * bool(bad) + [parts] * bool(partly)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
