"""Boxes that a rule finds suspicious, with a crop of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from markupsafe import Markup

from tinydet.data_tools.data import Data
from tinydet.data_tools.page import Section, grid, picture, table, text
from tinydet.data_tools.suspects import suspects
from tinydet.datasets.annotations import some
from tinydet.datasets.boxes import BoxReport
from tinydet.datasets.images import find_missing
from tinydet.datasets.loading import as_seen
from tinydet.visualization.draw import draw_boxes, zoomed

CROPS = 24
AROUND, CROP_SIDE, WIDEST = 12, 168, 512  # px around a fault, of its crop in the page, of its crop
RED = np.array([[255, 70, 70]], np.uint8)


def label_faults(data: Data) -> Section:
    """Return the suspicious boxes, counted, with crops of some of each kind."""
    raw = {row["id"]: row for row in data.coco["annotations"]}
    kinds = {
        words: [raw[key] for key in found]
        for name, words in BoxReport.TRAINED.items()
        if (found := getattr(data.faults, name))
    } | suspects(data)
    lost = _missing(data)
    if not kinds:
        return Section("Label faults", [*lost, text("No rule found a fault in a label.")])
    rows = [
        [words, len(found), ", ".join(str(row["id"]) for row in found[:8])]
        for words, found in kinds.items()
    ]
    parts = [*lost, table(["boxes", "number", "annotation ids, the first eight"], rows)]
    if data.folder:
        each = max(2, CROPS // len(kinds))
        crops = [
            crop
            for words, found in kinds.items()
            for crop in _fault_crops(data, words, found[:each])
        ]
        parts.append(grid(*crops, least=150))
    return Section(
        "Label faults",
        parts,
        "Found by rules that take rare objects for faults, too: look before you mend.",
    )


def _missing(data: Data) -> list[Markup]:
    """Return a sentence on the pictures that do not exist, if there are some."""
    if not data.folder:
        return []
    names = [image["file_name"] for image in data.coco["images"]]
    lost = find_missing([str(data.folder / name) for name in names])
    words = f"{len(lost)} of {len(names)} pictures do not exist: {some(lost)}"
    return [text(words, "fault")] if lost else []


def _fault_crops(data: Data, words: str, rows: Sequence[dict]) -> Iterator[Markup]:
    """Yield a crop around each box that lies in an existing picture."""
    images = {image["id"]: image for image in data.used["images"]}
    for row in rows:
        image = images[row["image_id"]]
        path = data.folder / image["file_name"]
        if row["id"] in data.faults.malformed or find_missing([str(path)]):
            continue
        pixels, box = as_seen(path), np.array(row["bbox"], float)
        side = int(min(np.abs(box[2:]).max() + 2 * AROUND, WIDEST))
        box[2:] += box[:2]
        middle = np.clip((box[:2] + box[2:]) / 2, 0, pixels.shape[1::-1])
        low = np.clip(middle - side / 2, 0, np.maximum(0, np.array(pixels.shape[1::-1]) - side))
        x, y = low.astype(int)
        crop = pixels[y : y + side, x : x + side]
        zoom = max(1, CROP_SIDE // side)
        drawn = draw_boxes(zoomed(crop, zoom), (box - [x, y, x, y])[None] * zoom, RED)
        yield picture(drawn, f"{row['id']}: {words}", lossless=True)
