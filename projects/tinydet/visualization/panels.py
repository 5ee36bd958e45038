"""Pictures of detections with a legend below and an enlarged inset beside the image.

Conventions are those of :mod:`tinydet.visualization.draw`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from tinydet.boxes import Boxes
from tinydet.datasets.palette import class_colors
from tinydet.visualization.draw import draw_boxes, draw_objects, font

PAPER = (24, 26, 30)  # background of legends and gaps
INK = (225, 225, 225)
INSET_ZOOM = 4  # relative to the picture
INSET_WINDOW = 256  # maximum side, in pixels of the image
CANDIDATES = 1000  # windows that are compared for the densest


def densest_window(boxes: np.ndarray, size: tuple[int, int], image: tuple[int, int]) -> np.ndarray:
    """Find the position of a window that shows the most objects.

    Args:
        boxes: ``(N, 4)``.
        size: Width and height of the window, at most those of the image.
        image: Width and height of the image.

    Returns:
        ``(4,)`` integer x1, y1, x2, y2 inside the image; the center of the image without boxes.
    """
    size, image = np.array(size), np.array(image)
    centers = (boxes[:, :2] + boxes[:, 2:]) / 2 if len(boxes) else image[None] / 2
    # A candidate a box is accurate enough and deterministic; of a crowd every k-th box will do.
    chosen = centers[:: -(-len(centers) // CANDIDATES)]  # (K, 2)
    starts = np.clip(np.rint(chosen - size / 2), 0, image - size)
    inside = ((centers >= starts[:, None]) & (centers < starts[:, None] + size)).all(-1)  # (K, N)
    best = inside.sum(1).argmax()
    # The window is centered on its objects, which keeps all of them inside.
    crowd = centers[inside[best]]
    middle = (crowd.min(0) + crowd.max(0)) / 2
    start = np.clip(np.rint(middle - size / 2), 0, image - size).astype(int)
    return np.concatenate([start, start + size])


def legend_strip(
    width: int, entries: Sequence[tuple[str, Sequence[int] | None]], size: int = 12
) -> np.ndarray:
    """Write a legend of colored squares with texts, broken into lines.

    Args:
        width: Width in pixels.
        entries: Texts and the RGB of their squares; None for a text without a square.
        size: Font size in pixels.

    Returns:
        ``(lines * line height, width, 3)``
    """
    face, line, square = font(size), size + 8, size - 3
    places, x, y = [], 6, 0
    for text, color in entries:
        wide = int(face.getlength(text)) + (square + 5 if color is not None else 0) + 14
        if x + wide - 14 > width and x > 6:
            x, y = 6, y + line
        places.append((x, y))
        x += wide
    canvas = Image.new("RGB", (width, y + line), PAPER)
    pen = ImageDraw.Draw(canvas)
    for (text, color), (x, y) in zip(entries, places, strict=True):
        if color is not None:
            top = y + (line - square) // 2
            fill = tuple(map(int, color))
            pen.rectangle([x, top, x + square - 1, top + square - 1], fill=fill)
            x += square + 5
        pen.text((x, y + line / 2), text, fill=INK, font=face, anchor="lm")
    return np.asarray(canvas)


def class_entries(
    labels: np.ndarray, classes: Sequence[str], colors: np.ndarray
) -> list[tuple[str, np.ndarray]]:
    """Return a legend entry with the number of objects for each class that occurs in ``labels``."""
    counts = np.bincount(labels, minlength=len(classes))
    return [
        (f"{name} {count}", color)
        for name, count, color in zip(classes, counts, colors, strict=True)
        if count
    ]


def joined(panels: Sequence[np.ndarray], axis: int, gap: int = 6) -> np.ndarray:
    """Join panels vertically (``axis=0``) or horizontally (``axis=1``)."""
    across = max(panel.shape[1 - axis] for panel in panels)
    parts = []
    for index, panel in enumerate(panels):
        padding = [[0, 0], [0, 0], [0, 0]]
        padding[1 - axis][1] = across - panel.shape[1 - axis]
        padding[axis][0] = gap if index else 0
        layers = [np.pad(panel[..., c], padding[:2], constant_values=PAPER[c]) for c in range(3)]
        parts.append(np.stack(layers, axis=-1))
    return np.concatenate(parts, axis=axis)


def default_zoom(height: int, width: int) -> int:
    """Return the largest zoom, 1 to 4, that keeps the longer side within 1280 pixels."""
    return int(np.clip(1280 // max(height, width), 1, 4))


def picture(
    image: np.ndarray,
    objects: Boxes,
    classes: Sequence[str],
    zoom: int | None = None,
    inset: bool = False,
    note: str = "",
) -> np.ndarray:
    """Draw the objects of an image with a legend and, optionally, an inset of the densest region.

    Args:
        image: ``(H, W, 3)``.
        objects: Boxes in pixels of ``image``.
        classes: Class names, by label.
        zoom: Whole factor; None takes :func:`default_zoom`.
        inset: Whether to add an enlarged panel of the densest window and to outline the window.
        note: First entry of the legend, such as the score threshold.

    Returns:
        ``(H', W', 3)`` uint8 RGB, enlarged by the zoom, the legend and the inset.
    """
    height, width = image.shape[:2]
    zoom = zoom or default_zoom(height, width)
    colors = class_colors(len(classes))
    body = draw_objects(image, objects, classes, colors, zoom)
    if inset:
        side = max(1, min(min(height, width) // INSET_ZOOM, INSET_WINDOW))
        window = densest_window(objects.xyxy, (side, side), (width, height))
        x1, y1, x2, y2 = window
        detail = draw_objects(
            image[y1:y2, x1:x2],
            within(objects, window).moved(x1, y1),
            classes,
            colors,
            INSET_ZOOM * zoom,
        )
        body = draw_boxes(body, window[None] * zoom, np.array([INK]))
        body = joined([body, detail], axis=1)
    entries = class_entries(objects.class_ids, classes, colors) or [("no objects", None)]
    if note:
        entries = [(note, None), *entries]
    letters = max(12, body.shape[1] // 110)  # legible when a wide picture is scaled down
    return joined([body, legend_strip(body.shape[1], entries, letters)], axis=0, gap=0)


def within(objects: Boxes, window: np.ndarray) -> Boxes:
    """Return the objects of which a part lies in the window."""
    overlap = (objects.xyxy[:, :2] < window[2:]) & (objects.xyxy[:, 2:] > window[:2])
    return objects[overlap.all(axis=1)]
