"""Draw a picture after the training pipeline, with its objects and the priors they got."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from tinydet.analysis.assignment import Assigner
from tinydet.data_tools.samples import Sample
from tinydet.visualization.draw import draw_boxes, zoomed

MISSED = (255, 40, 40)  # an object without a prior
COVERED = (60, 220, 60)
IGNORED = (255, 255, 255)
LEVELS = np.array(  # from the finest
    [
        (0, 200, 255),
        (255, 214, 10),
        (255, 120, 220),
        (255, 140, 0),
        (170, 120, 255),
        (60, 110, 255),
    ]
)


def drawn(
    sample: Sample, colors: np.ndarray, zoom: int, assigner: Assigner | None = None
) -> tuple[np.ndarray, str]:
    """Enlarge and draw a picture.

    Args:
        sample: The picture.
        colors: ``(classes, 3)`` RGB; used without an assigner.
        zoom: Whole factor.
        assigner: With one, an object without a prior is red, another green, and the center of
            each prior is a dot in the color of its level.

    Returns:
        ``(zoom H, zoom W, 3)`` and a caption.
    """
    canvas = zoomed(sample.pixels, zoom)
    caption = f"{sample.name}: {len(sample.boxes)} objects, {len(sample.ignored)} ignored"
    canvas = draw_boxes(canvas, sample.ignored * zoom, np.tile(IGNORED, (len(sample.ignored), 1)))
    if assigner is None or not len(sample.boxes):
        return draw_boxes(canvas, sample.boxes * zoom, colors[sample.labels]), caption
    found = assigner.assign(torch.from_numpy(sample.boxes), sample.pixels.shape[:2])
    counts = found.counts(len(sample.boxes), len(assigner.strides)).numpy()
    missed = counts.sum(1) == 0
    order = np.argsort(missed, kind="stable")  # red on top
    state = np.where(missed[:, None], MISSED, COVERED)
    canvas = draw_boxes(canvas, sample.boxes[order] * zoom, state[order])
    centers, levels = found.centers.numpy() * zoom, found.levels.numpy()
    dots(canvas, centers, LEVELS[levels % len(LEVELS)], zoom + 1)
    per_level = ", ".join(
        f"stride {stride}: {count}"
        for stride, count in zip(assigner.strides, counts.sum(0), strict=True)
    )
    return canvas, f"{caption}, {missed.sum()} without a prior; priors of {per_level}"


def dots(canvas: np.ndarray, centers: np.ndarray, colors: np.ndarray, side: int) -> None:
    """Draw squares of ``side`` px about ``(P, 2)`` x and y, in place; a later one lies on top."""
    limit = np.array(canvas.shape[1::-1]) - side
    corners = np.clip(np.rint(centers - side / 2).astype(int), 0, limit)
    for (x, y), color in zip(corners, colors, strict=True):
        canvas[y : y + side, x : x + side] = color


def legend(
    classes: Sequence[str], colors: np.ndarray, assigner: Assigner | None
) -> list[tuple[str, Sequence[int]]]:
    """Return the texts and the RGB of what :func:`drawn` draws."""
    entries = [("ignored", IGNORED)]
    if assigner is None:
        return [*zip(classes, colors, strict=True), *entries]
    levels = [
        (f"prior of stride {stride}", LEVELS[number % len(LEVELS)])
        for number, stride in enumerate(assigner.strides)
    ]
    return [("object with a prior", COVERED), ("object without", MISSED), *entries, *levels]
