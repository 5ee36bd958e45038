"""A sheet of crops, truth beside prediction, that fits on a screen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinydet.visualization.colours import class_colours
from tinydet.visualization.draw import Objects, draw_objects
from tinydet.visualization.panels import class_entries, joined, legend_strip


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


def prediction_grid(
    images: Sequence[np.ndarray],
    truths: Sequence[Objects],
    predictions: Sequence[Objects],
    classes: Sequence[str],
    score_thr: float,
    columns: int = 2,
    zoom: int = 2,
) -> np.ndarray:
    """Put truth (left) and prediction (right) of each image side by side.

    Args:
        images: ``(H, W, 3)`` each, of one size.
        truths: Ground truth of each image.
        predictions: Detections of each image; those below ``score_thr`` are not drawn.
        classes: Class names.
        score_thr: Stated in the caption.
        columns: Pairs in a row.
        zoom: Whole factor of enlargement.

    Returns:
        The sheet.
    """
    colours = class_colours(len(classes))
    pairs, labels = [], [truth.labels for truth in truths]
    for image, truth, found in zip(images, truths, predictions, strict=True):
        sure = found.select(found.scores >= score_thr)
        # Scores would cover the crops; the colour tells the class.
        plain = Objects(sure.boxes, sure.labels)
        labels.append(sure.labels)
        both = [
            draw_objects(image, seen, [""] * len(classes), colours, zoom, True)
            for seen in (truth, plain)
        ]
        pairs.append(joined(both, axis=1, gap=2))
    rows = [joined(pairs[i : i + columns], axis=1) for i in range(0, len(pairs), columns)]
    if len(rows) > 1 and rows[-1].shape != rows[0].shape:
        blank = np.zeros_like(rows[0])
        blank[:, : rows[-1].shape[1]] = rows[-1]
        rows[-1] = blank
    sheet = joined(rows, axis=0)
    entries = class_entries(np.concatenate(labels), classes, colours)
    caption = f"truth left, prediction right (score from {score_thr})"
    strip = legend_strip(sheet.shape[1], [(caption, None), *entries])
    return joined([sheet, strip], axis=0, gap=0)
