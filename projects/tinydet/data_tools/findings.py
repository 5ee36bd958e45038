"""What is wrong with an annotation file and its pictures, in sentences with ids and names."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from tinydet.data_tools.data import Data
from tinydet.data_tools.faults import Faults
from tinydet.data_tools.image_folder import ImageFolder, picture_size
from tinydet.data_tools.survey import Seen
from tinydet.data_tools.suspects import suspects
from tinydet.datasets.annotations import some
from tinydet.files import write_whole

BLANK = "on pixels of one color"


def box_findings(data: Data, seen: Sequence[Seen]) -> dict[str, list[dict]]:
    """Return ``{what is said of boxes: their annotations}``.

    Args:
        data: The file.
        seen: What was seen in its pictures; nothing to leave the pixels out.
    """
    found = suspects(data)
    raw = {row["id"]: row for row in data.coco["annotations"]}
    if seen:
        order = np.argsort(data.objects.picture, kind="stable")
        blank = order[np.concatenate([one.blank for one in seen])]
        if len(blank):
            found[BLANK] = [raw[data.used["annotations"][place]["id"]] for place in blank]
    return found


def box_sentences(found: Mapping[str, Sequence[dict]]) -> Iterator[str]:
    """Yield a sentence for each finding on boxes."""
    for words, rows in found.items():
        yield f"{len(rows)} boxes {words} (annotation ids {some(row['id'] for row in rows)})"


def write_findings(path: Path, data: Data, found: Mapping[str, Sequence[dict]]) -> None:
    """Write a CSV file with a row for each finding on a box."""
    names = {image["id"]: image["file_name"] for image in data.coco["images"]}
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("finding", "picture", "annotation", "x", "y", "width", "height"))
    for words, rows in found.items():
        writer.writerows((words, names[row["image_id"]], row["id"], *row["bbox"]) for row in rows)
    write_whole(path, text.getvalue())


def picture_findings(data: Data, seen: Sequence[Seen]) -> Iterator[str]:
    """Yield sentences on pictures that the file has twice, or that training sees otherwise."""
    same: dict[bytes, list[str]] = defaultdict(list)
    faults = Faults()
    for image, path, one in zip(data.coco["images"], data.paths, seen, strict=True):
        if not one.problem:
            same[one.digest].append(image["file_name"])
            picture_size(path, faults)
    twice = [names for names in same.values() if len(names) > 1]
    if twice:
        pairs = some(" = ".join(names) for names in twice)
        yield f"{sum(map(len, twice)) - len(twice)} pictures that repeat another: {pairs}"
    yield from faults.report()


def alone(data: Data, others: Sequence[Data]) -> Iterator[str]:
    """Yield sentences on pictures without boxes, and on those of the folder without a file."""
    labeled = {row["image_id"] for row in data.coco["annotations"]}
    bare = [image["file_name"] for image in data.coco["images"] if image["id"] not in labeled]
    if bare:
        yield f"{len(bare)} pictures without a box are background: {some(bare, 3)}"
    folder = data.folder.resolve()
    files = [data, *(other for other in others if other.folder.resolve() == folder)]
    named = {Path(image["file_name"]) for file in files for image in file.coco["images"]}
    names = ImageFolder(data.folder, Faults()).names
    unnamed = [name for name in names if Path(name) not in named]
    if unnamed:
        where = f"pictures of {data.folder} that the file does not name"
        yield f"{len(unnamed)} {where}: {some(unnamed, 3)}"
