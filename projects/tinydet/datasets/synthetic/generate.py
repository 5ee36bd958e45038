"""The dataset as files: PNG pictures and COCO annotations as AI-TOD writes them.

OUT/train/00000.png …   OUT/val/00000.png …   OUT/annotations/{train,val}.json
OUT/made_by_tinydet.json   what the set was made with; written last
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from tinydet.datasets.synthetic.districts import make_scene
from tinydet.datasets.synthetic.picture import SPLITS, make_picture
from tinydet.datasets.synthetic.shapes import SHAPES
from tinydet.errors import InputError

VERSION = 2  # of the pictures: to be raised by any change that alters them
STAMP = "made_by_tinydet.json"
PART = "made_by_tinydet.part"  # in a folder that is being written


def parameters(counts: dict[str, int], size: int, seed: int, scenes: bool = False) -> dict:
    """Return what a set is made with, after checking it.

    Args:
        counts: Pictures per split.
        size: Side of a picture in pixels.
        seed: Of the whole set.
        scenes: Whether the pictures are large scenes, see :func:`make_scene`.

    Raises:
        InputError: A number makes no sense.
    """
    for name, count in counts.items():
        if count < 0:
            raise InputError(f"--{name} {count}: a number of pictures cannot be negative")
    if sum(counts.values()) == 0:
        raise InputError("--train 0 --val 0 asks for no picture at all; give one of them a number")
    option, least, most = ("scene", 1024, 8192) if scenes else ("size", 64, 4096)
    if not least <= size <= most:
        raise InputError(f"--{option} {size}: a picture's side must be {least} to {most} px")
    if seed < 0:
        raise InputError(f"--seed {seed}: a seed cannot be negative")
    generator = "tinydet synthetic scenes" if scenes else "tinydet synthetic"
    return {"generator": generator, "version": VERSION, "seed": seed, "size": size} | {
        name: counts[name] for name in SPLITS
    }


def read_stamp(out: Path) -> dict:
    """Return what the set in ``out`` was made with; empty if that cannot be told."""
    try:
        return json.loads((out / STAMP).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return {}


def is_complete(out: Path, what: dict) -> bool:
    """Tell whether ``out`` holds the set that ``what`` describes, all its files included."""
    return read_stamp(out) == what and all(
        (out / "annotations" / f"{name}.json").is_file()
        and len(list((out / name).glob("*.png"))) == what[name]
        for name in SPLITS
    )


def make_room(out: Path, what: dict, force: bool) -> None:
    """Empty ``out`` of an older or unfinished set.

    Raises:
        InputError: It is no folder, holds something that this tool did not make, or a set made
            with other parameters and ``force`` is not given.
    """
    if out.exists() and not out.is_dir():
        raise InputError(f"{out} is a file; --out must name a folder")
    if out.is_dir() and any(out.iterdir()):
        stamp = out / STAMP
        if not stamp.is_file() and not (out / PART).is_file():
            raise InputError(
                f"{out} holds files that this tool did not make; name another folder by --out"
            )
        if stamp.is_file() and not force:
            made = read_stamp(out)
            other = [f"{key} {made.get(key)}" for key in what if made.get(key) != what[key]]
            if other:
                raise InputError(
                    f"{out} holds a set made with other parameters ({', '.join(other)}); "
                    "replace it by --force, or name another folder by --out"
                )
        for name in (*SPLITS, "annotations"):
            shutil.rmtree(out / name, ignore_errors=True)
        stamp.unlink(missing_ok=True)
    out.mkdir(parents=True, exist_ok=True)
    (out / PART).touch()


def write_picture(index: int, out: Path, split: str, what: dict) -> tuple[np.ndarray, np.ndarray]:
    """Make and save one picture, return its boxes and labels; runs in a worker process."""
    make = make_scene if what["generator"].endswith("scenes") else make_picture
    picture = make(what["seed"], split, index, what["size"])
    Image.fromarray(picture.image).save(out / split / f"{index:05d}.png", compress_level=4)
    return picture.boxes, picture.labels


def annotations_of(objects: list[tuple[np.ndarray, np.ndarray]]) -> Iterator[dict]:
    """Yield the annotations of a split's pictures: ids from 1, ``area`` = w * h as in AI-TOD."""
    number = 0
    for image_id, (boxes, labels) in enumerate(objects, start=1):
        for (x1, y1, x2, y2), label in zip(boxes.tolist(), labels.tolist(), strict=True):
            number += 1
            width, height = x2 - x1, y2 - y1
            yield dict(
                id=number,
                image_id=image_id,
                category_id=label + 1,
                bbox=[x1, y1, width, height],
                area=width * height,
                iscrowd=0,
            )


def write_split(out: Path, split: str, what: dict, workers: int) -> list[dict]:
    """Write the pictures and the COCO file of one split, return its annotations."""
    (out / split).mkdir()
    indices = range(what[split])
    work = partial(write_picture, out=out, split=split, what=what)
    with ProcessPoolExecutor(workers) as pool:
        # In the order of the indices, whichever worker is done first.
        found = pool.map(work, indices, chunksize=4)
        objects = list(tqdm(found, total=len(indices), desc=split, unit="picture"))
    side = what["size"]
    names = [f"{index:05d}.png" for index in indices]
    coco = dict(
        info=dict(description="Simulated aerial scenes of tinydet", **what),
        images=[
            dict(id=number, file_name=name, width=side, height=side)
            for number, name in enumerate(names, start=1)
        ],
        annotations=list(annotations_of(objects)),
        categories=[dict(id=number, name=name) for number, name in enumerate(SHAPES, start=1)],
    )
    text = json.dumps(coco, separators=(",", ":"))
    (out / "annotations" / f"{split}.json").write_text(text, encoding="utf-8")
    return coco["annotations"]


def write_dataset(
    out: Path,
    counts: dict[str, int],
    size: int,
    seed: int,
    workers: int = 1,
    force: bool = False,
    scenes: bool = False,
) -> dict[str, list[dict]] | None:
    """Write the set, or nothing if the same set is there already.

    Args:
        out: Its folder.
        counts: Pictures per split.
        size: Side of a picture in pixels.
        seed: Of the whole set; pictures do not depend on ``counts`` or ``workers``.
        workers: Processes.
        force: Make it again, whatever is there.
        scenes: Whether the pictures are large scenes, see :func:`make_scene`.

    Returns:
        The annotations per split, or None if there was nothing to do.

    Raises:
        InputError: See :func:`parameters` and :func:`make_room`; or the disk refuses.
    """
    what = parameters(counts, size, seed, scenes)
    if workers < 1:
        raise InputError(f"--workers {workers}: at least one process must do the work")
    if is_complete(out, what) and not force:
        return None
    try:
        make_room(out, what, force)
        (out / "annotations").mkdir()
        written = {split: write_split(out, split, what, workers) for split in SPLITS}
        (out / STAMP).write_text(json.dumps(what), encoding="utf-8")
        (out / PART).unlink()
    except OSError as error:
        raise InputError(f"cannot write the data set to {out}: {error}") from error
    return written
