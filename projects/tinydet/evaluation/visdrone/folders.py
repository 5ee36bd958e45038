"""VisDrone's folders of text files: a file an image, a folder a split."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

from mmengine.logging import print_log

from tinydet.datasets.annotations import some
from tinydet.errors import InputError
from tinydet.evaluation.visdrone.rows import Rows, by_score, parse_rows

Split = Mapping[str, Rows]  # image name, which is the file's without .txt: its rows


def read_folder(folder: str | Path, truth: bool = False) -> dict[str, Rows]:
    """Read every ``.txt`` file of a folder.

    Returns:
        ``{file name without .txt: rows}`` in the order of the names.

    Raises:
        InputError: No folder, no ``.txt`` file in it, or a line as in :func:`parse_rows`.
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
        raise InputError(f"{what} folder {folder} holds no .txt file; one an image is expected")
    return {path.stem: parse_rows(_read_text(path), path, truth) for path in paths}


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")  # some editors write a BOM
    except UnicodeDecodeError:
        raise InputError(f"{path} is no text in UTF-8; is it a VisDrone file?") from None


def write_folder(rows: Split, folder: str | Path) -> None:
    """Write detections as the official evaluator reads them: by name, best score first.

    The evaluator takes the first 500 lines of a file without sorting them. Numbers are written
    so that they read back as the same floats.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, found in rows.items():
        found = by_score(found)
        columns = zip(
            found.boxes.tolist(), found.scores.tolist(), found.categories.tolist(), strict=True
        )
        lines = [
            ",".join(map(repr, (*box, score, category, -1, -1))) + "\n"
            for box, score, category in columns
        ]
        (folder / f"{name}.txt").write_text("".join(lines), encoding="utf-8")


def read_pair(truth: Split | str | Path, detections: Split | str | Path) -> tuple[Split, Split]:
    """Return ground truth and detections of the same images, in the order of their names.

    An image without a prediction file gets no detections, and a warning counts it.

    Args:
        truth: A folder or rows.
        detections: The same.

    Raises:
        InputError: See :func:`read_folder`; a prediction belongs to no image of the ground truth.
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
        {name: detections.get(name, Rows.empty()) for name in names},
    )
