"""VisDrone's folders of text files: one folder per split, one file per image."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

from mmengine.logging import print_log

from tinydet.boxes import Boxes
from tinydet.datasets.annotations import some
from tinydet.errors import InputError
from tinydet.evaluation.visdrone.rows import boxes_of, by_score, parse_rows

Split = Mapping[str, Boxes]  # keys: names of the files without .txt


def read_folder(folder: str | Path, truth: bool = False) -> dict[str, Boxes]:
    """Read all ``.txt`` files of a folder.

    Returns:
        ``{file name without .txt: boxes}``, sorted by name.

    Raises:
        InputError: The folder does not exist or holds no ``.txt`` file, or :func:`parse_rows`
            refuses a line.
    """
    folder = Path(folder)
    what = "annotation" if truth else "prediction"
    if not folder.is_dir():
        state = (
            "is a file" if folder.exists() else f"does not exist (looked for {folder.resolve()})"
        )
        raise InputError(
            f"{what} folder {folder} {state}; name the folder of VisDrone's .txt files"
        )
    paths = sorted(folder.glob("*.txt"), key=lambda path: path.stem)
    if not paths:
        raise InputError(f"{what} folder {folder} holds no .txt file; one per image is expected")
    return {path.stem: parse_rows(_read_text(path), path, truth) for path in paths}


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")  # some editors write a BOM
    except UnicodeDecodeError:
        raise InputError(f"{path} is not text in UTF-8; is the file one of VisDrone's?") from None


def write_folder(detections: Split, folder: str | Path) -> None:
    """Write one text file per image, detections by descending score.

    The official evaluator takes the first 500 lines of a file without sorting them. The written
    numbers are read back as the same floats.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, boxes in detections.items():
        boxes = by_score(boxes)
        columns = (boxes.xywh.tolist(), boxes.scores.tolist(), boxes.class_ids.tolist())
        lines = [
            ",".join(map(repr, (*box, score, class_id, -1, -1))) + "\n"
            for box, score, class_id in zip(*columns, strict=True)
        ]
        (folder / f"{name}.txt").write_text("".join(lines), encoding="utf-8")


def read_pair(truth: Split | str | Path, detections: Split | str | Path) -> tuple[Split, Split]:
    """Return ground truth and detections of the same images, sorted by name.

    Images without a prediction file get no detections; a warning counts these images.

    Args:
        truth: Folder, or the boxes of each image.
        detections: Folder, or the boxes of each image.

    Raises:
        InputError: See :func:`read_folder`; or predictions belong to no image of the ground truth.
    """
    truth = truth if isinstance(truth, Mapping) else read_folder(truth, truth=True)
    detections = detections if isinstance(detections, Mapping) else read_folder(detections)
    strange = sorted(detections.keys() - truth.keys())
    if strange:
        raise InputError(
            f"{len(strange)} prediction files belong to no image of the ground truth "
            f"({some(strange)}); do the two folders belong to the same split?"
        )
    lacking = sorted(truth.keys() - detections.keys())
    if lacking:
        print_log(
            f"{len(lacking)} of {len(truth)} images have no prediction file ({some(lacking)}); "
            "they count as images without detections",
            "current",
            logging.WARNING,
        )
    names = sorted(truth)
    return (
        {name: truth[name] for name in names},
        {name: detections.get(name, boxes_of([])) for name in names},
    )
