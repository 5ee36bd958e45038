"""A mosaic of four pictures that keeps tiny boxes.

The affine transform behind mmyolo's Mosaic scales by 0.5 to 1.5, and drops boxes of up to 2 px and
boxes of which little is left, without a count: the network learns background there. Here a cell
shows a window of a picture at nearly its own scale, and an object that gets too small or is cut
becomes ignored and is counted.
"""

from __future__ import annotations

from collections import deque
from math import ceil

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
        cut = np.round(rng.uniform(0.3, 0.7, 2) * (width, height)).astype(int)
        parts = []
        for number, (picture, found) in enumerate([(image, objects), *others]):
            right, below = number % 2, number // 2
            cell = canvas[_side(below, cut[1]), _side(right, cut[0])]
            inside = self._fill(cell, picture, found, (right, below), rng)
            start = np.tile(cut * (right, below), 2)
            parts.append(Objects(inside.boxes + start, inside.labels, inside.ignored))
        return canvas, joined(parts)

    def _fill(
        self,
        cell: np.ndarray,
        picture: np.ndarray,
        objects: Objects,
        place: tuple[int, int],
        rng: np.random.Generator,
    ) -> Objects:
        """Draw a random window of a picture into a cell; return the objects in its pixels.

        A picture that does not fill the cell touches the middle of the mosaic, from the side that
        ``place`` (right, below) names.
        """
        scale = rng.uniform(*self.scale)
        room, whole = np.array(cell.shape[1::-1]), np.array(picture.shape[1::-1])
        size = [min(side, ceil(space / scale)) for side, space in zip(whole, room, strict=True)]
        start = rng.integers(whole - size + 1)
        (x1, y1), (x2, y2) = start, start + size
        seen = np.clip(np.round(np.multiply(size, scale)), 1, room).astype(int)
        kind = cv2.INTER_AREA if scale < 0.6 else cv2.INTER_LINEAR
        pixels = cv2.resize(picture[y1:y2, x1:x2], seen.tolist(), interpolation=kind)
        left, top = (room - seen) * (1 - np.array(place))
        cell[top : top + seen[1], left : left + seen[0]] = pixels
        zoom = seen / size  # not the scale, which rounding to whole pixels changes
        found = objects.within((x1, y1, x2, y2), self.min_visible, self.min_size, zoom)
        before = objects[objects.ignored].within((x1, y1, x2, y2), 0)
        self._newly += int(found.ignored.sum()) - len(before)
        return Objects(found.boxes + [left, top, left, top], found.labels, found.ignored)


def _side(second: int, cut: int) -> slice:
    return slice(cut, None) if second else slice(0, cut)
