"""Crops around objects: a small window of a large picture that is never empty by chance."""

from __future__ import annotations

import numpy as np

from tinydet.datasets.transforms.objects import Objects, ObjectTransform
from tinydet.errors import InputError
from tinydet.registry import TRANSFORMS


@TRANSFORMS.register_module()
class CropAroundObject(ObjectTransform):
    """Cut a window that contains the center of a random object, at a random place of the window.

    The window begins at a whole pixel, so pixels and boxes are exact. In a picture without
    objects, the place is random.

    Args:
        size: Width and height of the window in px; a smaller picture keeps its side.
        min_visible: An object of which the window shows a smaller share of the box is ignored.
        prob: How often a picture is cut.

    Raises:
        InputError: ``size`` is not a width and a height of at least one pixel.
    """

    def __init__(self, size: tuple[int, int], min_visible: float = 0.5, prob: float = 0.5) -> None:
        super().__init__(prob)
        if not isinstance(size, list | tuple) or len(size) != 2 or min(size) < 1:
            raise InputError(f"{self.name}: size={size!r}; write a width and a height in px")
        self.size, self.min_visible = tuple(size), min_visible

    def apply(
        self, image: np.ndarray, objects: Objects, rng: np.random.Generator
    ) -> tuple[np.ndarray, Objects]:
        """Return the pixels and the objects of the window."""
        picture = np.array(image.shape[1::-1])
        size = np.minimum(self.size, picture)
        start = rng.integers(picture - size + 1)
        trained = np.flatnonzero(~objects.ignored)
        if len(trained):
            x1, y1, x2, y2 = objects.boxes[rng.choice(trained)]
            center = np.array([x1 + x2, y1 + y2]) / 2
            start = np.floor(center - rng.random(2) * size).astype(int)
            start = start.clip(0, picture - size)
        (x, y), (right, bottom) = start, start + size
        window = np.ascontiguousarray(image[y:bottom, x:right])
        found, shown = objects.within((x, y, right, bottom), self.min_visible)
        found = found[shown].redrawn(window.shape[:2], lambda mask: mask[y:bottom, x:right])
        return window, found
