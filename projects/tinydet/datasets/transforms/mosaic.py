"""A mosaic of four pictures that keeps tiny boxes.

The affine transform behind mmyolo's Mosaic scales by 0.5 to 1.5, and drops boxes of up to 2 px and
boxes of which little is left, without a count: the network learns background there. Here a cell
shows a window of a picture at nearly its own scale, and an object that gets too small or is cut
becomes ignored and is counted.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from math import ceil
from typing import NamedTuple

import cv2
import numpy as np

from tinydet.compat.padding import GRAY
from tinydet.datasets.transforms.objects import Objects, ObjectTransform, checked_range, joined
from tinydet.errors import InputError
from tinydet.registry import TRANSFORMS


@TRANSFORMS.register_module()
class TinyMosaic(ObjectTransform):
    """Combine a picture with three of those that the worker loaded before.

    No picture is loaded twice, so a mosaic costs little and any data set will do. The transform
    stands behind ``LoadAnnotations``. ``results["newly_ignored"]`` is the number of objects that
    the mosaic made ignored.

    Args:
        size: Width and height of the mosaic in px; None takes those of the picture.
        scale: Smallest and largest factor by which a picture is enlarged.
        min_size: An object with a smaller ``sqrt(width * height)`` in the mosaic is ignored, px.
        min_visible: An object of which a smaller share of the box is seen is ignored.
        memory: Pictures that a worker keeps.
        prob: How often a picture becomes a mosaic.
    """

    def __init__(
        self,
        size: tuple[int, int] | None = None,
        scale: tuple[float, float] = (0.8, 1.25),
        min_size: float = 2,
        min_visible: float = 0.5,
        memory: int = 20,
        prob: float = 0.5,
    ) -> None:
        super().__init__(prob)
        self.size = size and tuple(size)
        self.scale = checked_range(self.name, "scale", scale, 0.01, 100)
        self.min_size, self.min_visible = min_size, min_visible
        if memory < 1:
            raise InputError(f"{self.name}: memory={memory!r}; keep at least one picture")
        self._kept: deque[tuple[np.ndarray, Objects]] = deque(maxlen=memory)
        self._newly = 0

    def transform(self, results: dict) -> dict:
        """Make a mosaic, or leave the picture as it is."""
        self._newly = 0
        results = super().transform(results)
        results["newly_ignored"] = self._newly
        return results

    def apply(
        self, image: np.ndarray, objects: Objects, rng: np.random.Generator
    ) -> tuple[np.ndarray, Objects]:
        """Return the pixels and the objects of a mosaic."""
        self._kept.append((image, objects))  # nobody writes into the pixels later
        others = [self._kept[number] for number in rng.integers(len(self._kept), size=3)]
        width, height = self.size or image.shape[1::-1]
        canvas = np.full((height, width, *image.shape[2:]), GRAY, image.dtype)
        cut = np.round(rng.uniform(0.3, 0.7, 2) * (width, height)).astype(int).tolist()
        cells = product([(0, cut[1]), (cut[1], height)], [(0, cut[0]), (cut[0], width)])
        tiles = zip([(image, objects), *others], cells, strict=True)
        filled = [self._fill(canvas, *tile, cell, rng) for tile, cell in tiles]
        return canvas, self._seen(*zip(*filled, strict=True))

    def _fill(
        self,
        canvas: np.ndarray,
        picture: np.ndarray,
        objects: Objects,
        cell: tuple[tuple[int, int], tuple[int, int]],
        rng: np.random.Generator,
    ) -> tuple[Objects, tuple[Span, Span]]:
        """Draw a random window of a picture into a cell, which has its ends in y and x.

        Returns:
            The objects with masks of the mosaic, and what is shown in x and in y.
        """
        scale, *chances = rng.random(3).tolist()
        scale = self.scale[0] + scale * (self.scale[1] - self.scale[0])
        y, x = map(_span, picture.shape[:2], cell, chances, (scale, scale))
        _draw(canvas, picture, x, y, cv2.INTER_AREA if scale < 0.6 else cv2.INTER_LINEAR)
        shape, kind = canvas.shape[:2], cv2.INTER_NEAREST_EXACT
        objects = objects.redrawn(
            shape, lambda mask: _draw(np.zeros(shape, np.uint8), mask, x, y, kind)
        )
        return objects, (x, y)

    def _seen(self, parts: Sequence[Objects], spans: Sequence[tuple[Span, Span]]) -> Objects:
        """Return the objects of four pictures in the pixels of the mosaic; count the new ignored.

        Args:
            parts: The objects of each picture.
            spans: What is shown of each in x and in y.
        """
        everything, counts = joined(parts), [len(part) for part in parts]
        first, taken, seen, at = np.repeat(np.array(spans), counts, 0).transpose(2, 0, 1)
        windows = np.concatenate([first, first + taken], 1)
        found, shown = everything.within(windows, self.min_visible, self.min_size, seen / taken)
        self._newly = int((found.ignored & ~everything.ignored)[shown].sum())
        return replace(found, boxes=found.boxes + np.concatenate([at, at], 1))[shown]


class Span(NamedTuple):
    """Which pixels of a picture the mosaic shows, along x or y.

    Attributes:
        first: First pixel of the picture.
        taken: Number of its pixels.
        seen: Pixels of the mosaic that show them; rounding makes their ratio differ from the scale.
        at: First pixel of the mosaic.
    """

    first: int
    taken: int
    seen: int
    at: int


def _span(side: int, cell: tuple[int, int], chance: float, scale: float) -> Span:
    """Choose pixels of a picture for the cell of a mosaic, along x or y.

    A picture that does not fill the cell touches the middle of the mosaic: the end of a cell that
    begins at 0, the begin of another.
    """
    begin, end = cell
    taken = min(side, ceil((end - begin) / scale))
    seen = min(max(1, round(taken * scale)), end - begin)
    return Span(int(chance * (side - taken + 1)), taken, seen, begin or end - seen)


def _draw(canvas: np.ndarray, picture: np.ndarray, x: Span, y: Span, kind: int) -> np.ndarray:
    """Draw a window of a picture into the canvas, by one of OpenCV's interpolations."""
    window = picture[y.first : y.first + y.taken, x.first : x.first + x.taken]
    pixels = cv2.resize(window, (x.seen, y.seen), interpolation=kind)
    canvas[y.at : y.at + y.seen, x.at : x.at + x.seen] = pixels
    return canvas
