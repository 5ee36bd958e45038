"""The pictures with most objects, with their labels and detections."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from tinydet.boxes import Boxes
from tinydet.data_tools.data import Data
from tinydet.data_tools.page import Section, grid, picture, text
from tinydet.datasets.images import find_missing
from tinydet.datasets.palette import class_colors
from tinydet.visualization.draw import draw_objects
from tinydet.visualization.panels import densest_window, within

WINDOW, SHOWN = 512, 640  # px of a picture's densest part, and of what the page shows of it
DENSEST = 4  # pictures


def densest(data: Data, found: Boxes | None) -> Section:
    """Return the densest part of the fullest pictures, and detections in it if there are some."""
    parts = []
    counts = data.objects.per_picture
    for place in np.argsort(-counts, kind="stable")[:DENSEST]:
        image = data.used["images"][place]
        if find_missing([str(data.folder / image["file_name"])]):
            parts.append(text(f"{image['file_name']} does not exist in {data.folder}", "fault"))
            continue
        mine = data.objects.picture == place
        truth = Boxes(data.objects.boxes[mine], data.objects.class_ids[mine])
        pixels = data.pixels(place)
        shown = {f"{image['file_name']}: {counts[place]} objects": truth}
        if found is not None:
            boxes = _detected(data, found, image["id"])
            shown[f"{len(boxes)} detections from a score of 0.3"] = boxes
        parts += [
            picture(_crop(pixels, boxes, truth, data.objects.classes), words)
            for words, boxes in shown.items()
        ]
    return Section(
        "Densest pictures",
        [_legend(data.objects.classes), grid(*parts, least=440)],
        f"The fullest {WINDOW} px of the pictures with most objects, {DENSEST} at most.",
    )


def _legend(classes: Sequence[str]) -> Markup:
    items = zip(classes, class_colors(len(classes)).tolist(), strict=True)
    item = Markup('<li style="--color:rgb({},{},{})">{}</li>')
    return Markup('<ul class="legend swatches">{}</ul>').format(
        Markup("").join(item.format(*color, name) for name, color in items)
    )


def _detected(data: Data, found: Boxes, image_id: int, least: float = 0.3) -> Boxes:
    """Return the detections of a picture above a score, with labels for class ids."""
    labels = {item["id"]: place for place, item in enumerate(data.used["categories"])}
    mine = found[(found.image_ids == image_id) & (found.scores >= least)]
    mine = mine[np.isin(mine.class_ids, list(labels))]
    return Boxes(mine.xyxy, np.array([labels[key] for key in mine.class_ids], int), mine.scores)


def _crop(pixels: np.ndarray, boxes: Boxes, truth: Boxes, classes: Sequence[str]) -> np.ndarray:
    """Return the densest window of a picture with its boxes, in about 640 px."""
    height, width = pixels.shape[:2]
    size = (min(WINDOW, width), min(WINDOW, height))
    window = densest_window(truth.xyxy, size, (width, height))
    x1, y1, x2, y2 = window
    colors, nameless = class_colors(len(classes)), [""] * len(classes)
    inside = Boxes(within(boxes, window).moved(x1, y1).xyxy, within(boxes, window).class_ids)
    return draw_objects(pixels[y1:y2, x1:x2], inside, nameless, colors, max(1, SHOWN // max(size)))
