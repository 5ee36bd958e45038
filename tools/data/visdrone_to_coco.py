#!/usr/bin/env python
"""Make COCO JSON of VisDrone2019-DET's text files.

python tools/data/visdrone_to_coco.py data/VisDrone
python tools/data/visdrone_to_coco.py data/VisDrone --splits val --out elsewhere

The folder is expected to hold the official archives as they unpack, each with annotations/ and
images/:

    VisDrone2019-DET-train/  VisDrone2019-DET-val/  VisDrone2019-DET-test-dev/

The files visdrone_{train,val,test-dev}.json go to its annotations/. Ids count from 1, classes are
the ten in the official order. Ignored regions stand in "ignored_regions" of each image; objects
of score 0 are annotations with "ignore": 1, which training leaves out; 'others' are left out.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from tinydet.datasets.annotations import some
from tinydet.errors import InputError, reported
from tinydet.evaluation.visdrone.coco_json import to_coco
from tinydet.evaluation.visdrone.folders import Split, read_folder
from tinydet.evaluation.visdrone.rows import OTHERS
from tinydet.evaluation.visdrone.sizes import find_images, sizes_of

SPLITS = ("train", "val", "test-dev")


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("root", type=Path, help="folder of the unpacked archives")
    parser.add_argument("--splits", nargs="+", choices=SPLITS, default=SPLITS)
    parser.add_argument("--out", type=Path, help="default: annotations/ of the folder")
    return parser.parse_args(argv)


def convert(folder: Path) -> tuple[dict, Split]:
    """Return the COCO dictionary of a split and its rows.

    Raises:
        InputError: Folders are missing, or images and annotation files do not pair up.
    """
    truth = read_folder(folder / "annotations", truth=True)
    images = find_images(folder / "images")
    for names, what in (
        (truth.keys() - images.keys(), "annotation files without an image"),
        (images.keys() - truth.keys(), "images without an annotation file"),
    ):
        if names:
            raise InputError(
                f"{folder} has {len(names)} {what} ({some(sorted(names))}); unpack the official "
                "archive again"
            )
    return to_coco(truth, sizes_of(images), {name: images[name].name for name in images}), truth


def summary(coco: dict, truth: Split) -> str:
    """Return a sentence that counts what went where."""
    ignored = sum(ann["ignore"] for ann in coco["annotations"])
    regions = sum(len(image["ignored_regions"]) for image in coco["images"])
    others = sum(int((rows.categories == OTHERS).sum()) for rows in truth.values())
    return (
        f"{len(coco['images'])} images, {len(coco['annotations']) - ignored} objects, "
        f"{ignored} ignored objects, {regions} ignored regions; {others} 'others' left out"
    )


@reported
def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    out = args.out or args.root / "annotations"
    for split in args.splits:
        folder = args.root / f"VisDrone2019-DET-{split}"
        if not folder.is_dir():
            raise InputError(
                f"folder {folder} does not exist (looked for {folder.resolve()}); get "
                f"VisDrone2019-DET-{split} from github.com/VisDrone/VisDrone-Dataset and unpack it "
                "there, or choose others by --splits"
            )
        coco, truth = convert(folder)
        out.mkdir(parents=True, exist_ok=True)
        path = out / f"visdrone_{split}.json"
        path.write_text(json.dumps(coco), encoding="utf-8")
        print(f"{path}: {summary(coco, truth)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
