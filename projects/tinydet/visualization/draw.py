"""Boxes and labels on a picture, made for objects of a few pixels.

A thick line hides a 6-pixel car and a label hides its neighbors. So lines are one pixel wide
and lie just outside the object, small objects get no text (the legend names their color), and
a label goes where it covers no box, or is left out.

Pure functions: images are ``(H, W, 3)`` uint8 RGB and are never changed in place; boxes are
x1, y1, x2, y2 in pixels of the image they are drawn on, 0 being the left edge of the first pixel.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path

import cv2
import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tinydet.boxes import Boxes

SMALLEST_WITH_TEXT = 16.0  # pixels, square root of the area: the upper end of AI-TOD's "tiny"


@functools.cache
def font(size: int = 11) -> ImageFont.FreeTypeFont:
    """Return DejaVu Sans, which matplotlib brings to every platform."""
    path = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    return ImageFont.truetype(str(path), size)


def zoomed(image: np.ndarray, factor: int, smooth: bool = False) -> np.ndarray:
    """Enlarge by a whole number, so that pixel edges stay on pixel edges.

    Args:
        image: ``(H, W, 3)``.
        factor: 1 or more.
        smooth: Lanczos; otherwise each pixel becomes a square, as the detector saw it.

    Returns:
        ``(factor H, factor W, 3)``
    """
    if factor == 1:
        return image.copy()
    method = cv2.INTER_LANCZOS4 if smooth else cv2.INTER_NEAREST
    return cv2.resize(image, None, fx=factor, fy=factor, interpolation=method)


def box_lines(boxes: np.ndarray, height: int, width: int) -> np.ndarray:
    """Return ``(N, 4)`` first column, first row, last column, last row of each box's line.

    The line is the ring of pixels around the box, so the object's own pixels stay visible; at
    the border of the image it is moved inside.
    """
    ring = np.rint(boxes).astype(int) + [-1, -1, 0, 0]
    return np.clip(ring, 0, [width - 1, height - 1, width - 1, height - 1])


def draw_boxes(image: np.ndarray, boxes: np.ndarray, colors: np.ndarray) -> np.ndarray:
    """Draw a one-pixel line around each box; later boxes lie on top.

    Args:
        image: ``(H, W, 3)``.
        boxes: ``(N, 4)`` in pixels of ``image``.
        colors: ``(N, 3)`` RGB.
    """
    image = image.copy()
    for (left, top, right, bottom), color in zip(
        box_lines(boxes, *image.shape[:2]), colors, strict=True
    ):
        image[[top, bottom], left : right + 1] = color
        image[top : bottom + 1, [left, right]] = color
    return image


def draw_labels(
    image: np.ndarray, boxes: np.ndarray, texts: Sequence[str], colors: np.ndarray
) -> np.ndarray:
    """Write a text beside each box that has one, without covering any box or other text.

    Args:
        image: ``(H, W, 3)``.
        boxes: ``(N, 4)`` in pixels of ``image``, the most important first.
        texts: ``N`` texts; an empty one is not drawn, nor is one that finds no free place.
        colors: ``(N, 3)`` RGB of the texts.
    """
    height, width = image.shape[:2]
    occupied = box_lines(boxes, height, width) + [0, 0, 1, 1]
    canvas = Image.fromarray(image)
    pen = ImageDraw.Draw(canvas, "RGBA")
    for box, text, color in zip(occupied.copy(), texts, colors, strict=True):
        place = _free_place(box, text, occupied, width, height) if text else None
        if place is not None:
            pen.rectangle([*place[:2], place[2] - 1, place[3] - 1], fill=(0, 0, 0, 150))
            pen.text((place[0] + 2, place[1]), text, fill=tuple(map(int, color)), font=font())
            occupied = np.vstack([occupied, place])
    return np.asarray(canvas)


def _free_place(
    box: np.ndarray, text: str, occupied: np.ndarray, width: int, height: int
) -> np.ndarray | None:
    """Find room for a text above, below, right or left of a box; None if there is none."""
    wide, high = int(font().getlength(text)) + 5, sum(font().getmetrics())
    x1, y1, x2, y2 = box
    for x, y in ((x1, y1 - high), (x1, y2), (x2 - wide, y1 - high), (x2, y1), (x1 - wide, y1)):
        place = np.array([x, y, x + wide, y + high])
        inside = x >= 0 and y >= 0 and place[2] <= width and place[3] <= height
        apart = (place[:2] >= occupied[:, 2:]) | (place[2:] <= occupied[:, :2])  # (N, 2) axes
        if inside and apart.any(axis=1).all():
            return place
    return None


def draw_objects(
    image: np.ndarray,
    objects: Boxes,
    classes: Sequence[str],
    colors: np.ndarray,
    zoom: int = 1,
    smooth: bool = False,
) -> np.ndarray:
    """Enlarge an image and draw its objects: a line each, a label where the object is not tiny.

    Args:
        image: ``(H, W, 3)``.
        objects: In pixels of ``image``, before it is enlarged.
        classes: Class names.
        colors: ``(len(classes), 3)`` RGB.
        zoom: Whole factor.
        smooth: See :func:`zoomed`.

    Returns:
        ``(zoom H, zoom W, 3)``
    """
    if objects.scores is not None:
        objects = objects[np.argsort(-objects.scores, kind="stable")]
    extent = (objects.xyxy[:, 2:] - objects.xyxy[:, :2]).clip(min=0)
    large = np.sqrt(extent.prod(axis=1)) >= SMALLEST_WITH_TEXT
    texts = [_text(objects, index, classes) if large[index] else "" for index in range(len(large))]
    boxes, own = objects.xyxy * zoom, colors[objects.class_ids]
    # Reversed: the most certain lie on top. Labels go in order: the most certain choose first.
    lined = draw_boxes(zoomed(image, zoom, smooth), boxes[::-1], own[::-1])
    return draw_labels(lined, boxes, texts, own)


def _text(objects: Boxes, index: int, classes: Sequence[str]) -> str:
    name = classes[objects.class_ids[index]]
    return name if objects.scores is None else f"{name} {objects.scores[index]:.2f}"
