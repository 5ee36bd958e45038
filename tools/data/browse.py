#!/usr/bin/env python
"""Show pictures after the training pipeline of a config, as the network sees them.

python tools/data/browse.py CONFIG --html browse.html
python tools/data/browse.py CONFIG --show positives --images 12 --png browse.png

With --show positives, an object that gets no prior from the config's label assigner is red, and a
dot in the color of its level marks each prior of the others.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import tinydet  # noqa: F401  (first, because mmdet needs mmcv's operators)

# isort: split
import numpy as np
from PIL import Image

from tinydet.analysis.assignment import assigner_of
from tinydet.configuration.load import load_config
from tinydet.data_tools import page
from tinydet.data_tools.browsing import drawn, legend
from tinydet.data_tools.samples import SPLITS, dataset_of, samples
from tinydet.datasets.palette import class_colors
from tinydet.errors import InputError, reported
from tinydet.visualization.panels import default_zoom, joined, legend_strip

COLUMNS = 2  # of the PNG
SHOWN = dict(objects="Objects", positives="Objects and their priors")


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", metavar="CONFIG")
    parser.add_argument("--split", choices=SPLITS, default="train")
    parser.add_argument("--show", choices=SHOWN, default="objects")
    parser.add_argument("--images", type=int, default=12, help="random pictures (default: 12)")
    parser.add_argument("--seed", type=int, default=0, help="of pictures and augmentations")
    parser.add_argument("--zoom", type=int, help="whole factor (default: 2 up to 320 px)")
    parser.add_argument("--html", type=Path, help="page to write (default: browse.html)")
    parser.add_argument("--png", type=Path, help="grid to write")
    args = parser.parse_args(argv)
    if not args.png:
        args.html = args.html or Path("browse.html")
    if args.images < 1 or (args.zoom or 1) < 1:
        parser.error("--images and --zoom are whole numbers of 1 or more")
    return args


def usual_zoom(pixels: np.ndarray) -> int:
    """Return half of the zoom of other tools, because pictures stand side by side."""
    return max(1, default_zoom(*pixels.shape[:2]) // 2)


def write_png(path: Path, pictures: list[np.ndarray], entries: list) -> None:
    """Write the pictures in two columns, below their legend."""
    rows = [
        joined(pictures[start : start + COLUMNS], axis=1)
        for start in range(0, len(pictures), COLUMNS)
    ]
    width = max(row.shape[1] for row in rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(joined([legend_strip(width, entries, max(12, width // 100)), *rows], axis=0)).save(path)


@reported
def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    config = load_config(args.config)
    assigner = assigner_of(config) if args.show == "positives" else None
    if args.show == "positives" and assigner is None:
        raise InputError(
            f"{args.config} assigns objects by predictions, heat maps or other rules, not by the "
            "places of anchors or points; look at it with --show objects"
        )
    dataset = dataset_of(config, args.split)
    classes = list(dataset.metainfo["classes"])
    colors = class_colors(len(classes))
    found = [
        drawn(one, colors, args.zoom or usual_zoom(one.pixels), assigner)
        for one in samples(dataset, args.images, args.seed)
    ]
    entries = legend(classes, colors, assigner)
    if args.png:
        write_png(args.png, [pixels for pixels, _ in found], entries)
    if args.html:
        parts = [
            page.picture(legend_strip(360, entries), "colors", lossless=True),
            page.grid(*(page.picture(*one, lossless=True) for one in found), least=480),
        ]
        title = f"{Path(args.config).stem}: {args.split}"
        lead = f"{len(found)} random pictures after the training pipeline"
        page.write(args.html, page.page(title, [page.Section(SHOWN[args.show], parts)], lead))
    print(f"wrote {' and '.join(str(out) for out in (args.html, args.png) if out)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
