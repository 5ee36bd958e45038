"""A sheet of crops, truth beside prediction, that fits on a screen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinydet.visualization.colours import class_colours
from tinydet.visualization.draw import Objects, draw_objects
from tinydet.visualization.panels import class_entries, densest_window, joined, legend_strip


def spread(truths: Sequence[Objects], count: int) -> list[int]:
    """Choose images from sparse to dense, and among equally dense ones those with most classes.

    Args:
        truths: Ground truth of each image.
        count: How many to choose.

    Returns:
        Indices; the same for the same input.
    """
    filled = [index for index, truth in enumerate(truths) if len(truth)]
    order = sorted(filled, key=lambda i: (len(truths[i]), len(set(truths[i].labels.tolist())), i))
    if len(order) <= count:
        return order
    chosen = []
    for part in np.array_split(np.array(order), count):
        chosen.append(int(max(part, key=lambda i: (len(set(truths[i].labels.tolist())), -i))))
    return chosen


def within(objects: Objects, x1: int, y1: int, x2: int, y2: int) -> Objects:
    """Return the objects whose centre lies in a window, in the window's pixels."""
    x, y = ((objects.boxes[:, :2] + objects.boxes[:, 2:]) / 2).T
    return objects.select((x >= x1) & (x < x2) & (y >= y1) & (y < y2)).moved(x1, y1)


def prediction_grid(
    images: Sequence[np.ndarray],
    truths: Sequence[Objects],
    predictions: Sequence[Objects],
    classes: Sequence[str],
    score_thr: float,
    crop: int = 96,
    columns: int = 2,
    zoom: int = 3,
) -> np.ndarray:
    """Put truth (left) and prediction (right) of the densest part of each image side by side.

    Args:
        images: ``(H, W, 3)`` each, of one size.
        truths: Ground truth of each image.
        predictions: Detections of each image; those below ``score_thr`` are not drawn.
        classes: Class names.
        score_thr: Stated in the caption.
        crop: Side of the part that is shown, px.
        columns: Pairs in a row.
        zoom: Whole factor of enlargement.

    Returns:
        The sheet.
    """
    colours = class_colours(len(classes))
    nameless = [""] * len(classes)  # labels would cover the crops; the colour tells the class
    pairs, labels = [], [truth.labels for truth in truths]
    for image, truth, found in zip(images, truths, predictions, strict=True):
        sure = found.select(found.scores >= score_thr)
        labels.append(sure.labels)
        height, width = image.shape[:2]
        side = min(crop, height, width)
        x1, y1, x2, y2 = densest_window(truth.boxes, (side, side), (width, height))
        both = [
            draw_objects(image[y1:y2, x1:x2], within(seen, x1, y1, x2, y2), nameless, colours, zoom)
            for seen in (truth, Objects(sure.boxes, sure.labels))
        ]
        pairs.append(joined(both, axis=1, gap=2))
    pairs += [np.zeros_like(pairs[0])] * (-len(pairs) % columns)
    rows = [joined(pairs[i : i + columns], axis=1) for i in range(0, len(pairs), columns)]
    sheet = joined(rows, axis=0)
    entries = class_entries(np.concatenate(labels), classes, colours)
    caption = f"truth left, prediction right (score from {score_thr})"
    strip = legend_strip(sheet.shape[1], [(caption, None), *entries])
    return joined([sheet, strip], axis=0, gap=0)
