"""Rotation by any angle, with tight boxes.

The box around the four rotated corners grows by up to 41 %, because no object fills its corners.
The box here is that of the ellipse inscribed in the rotated rectangle: of half axes ``a = w / 2``
and ``b = h / 2``, it has the half width ``sqrt((a cos)^2 + (b sin)^2)`` and the half height
``sqrt((a sin)^2 + (b cos)^2)``. A round object keeps its box exactly.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from tinydet.compat.padding import GRAY
from tinydet.datasets.transforms.objects import Objects, ObjectTransform, checked_range
from tinydet.registry import TRANSFORMS


def rotated(boxes: np.ndarray, angle: float, center: tuple[float, float]) -> np.ndarray:
    """Return the boxes of the rotated inscribed ellipses.

    Args:
        boxes: ``(N, 4)`` left, top, right, bottom in px.
        angle: Degrees to the left, as the picture is seen.
        center: x and y that stay, px.
    """
    cos, sin = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
    offset = (boxes[:, :2] + boxes[:, 2:]) / 2 - center
    middle = offset @ np.array([[cos, -sin], [sin, cos]]) + center
    half = (boxes[:, 2:] - boxes[:, :2]) / 2
    around = np.sqrt(half**2 * cos**2 + half[:, ::-1] ** 2 * sin**2)
    return np.concatenate([middle - around, middle + around], 1)


@TRANSFORMS.register_module()
class RandomRotation(ObjectTransform):
    """Rotate a picture about its center by a random angle. Corners that appear are gray.

    Args:
        angles: Smallest and largest angle in degrees to the left.
        min_visible: An object that keeps a smaller share of its box in the picture is ignored.
        prob: How often a picture is rotated.
    """

    def __init__(
        self,
        angles: tuple[float, float] = (-180, 180),
        min_visible: float = 0.5,
        prob: float = 0.5,
    ) -> None:
        super().__init__(prob)
        self.angles = checked_range(self.name, "angles", angles, -360, 360)
        self.min_visible = min_visible

    def apply(
        self, image: np.ndarray, objects: Objects, rng: np.random.Generator
    ) -> tuple[np.ndarray, Objects]:
        """Return the rotated pixels and boxes."""
        height, width = image.shape[:2]
        angle = rng.uniform(*self.angles)
        boxes = rotated(objects.boxes, angle, (width / 2, height / 2))
        # OpenCV's coordinates are those of pixel centers, half a pixel less than ours.
        matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), angle, 1)
        image = _warped(image, matrix)
        found, shown = replace(objects, boxes=boxes).within((0, 0, width, height), self.min_visible)
        return image, found[shown].redrawn(
            (height, width),
            lambda mask: cv2.warpAffine(mask, matrix, (width, height), flags=cv2.INTER_NEAREST),
        )


def _warped(image: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Return an image moved by a ``(2, 3)`` matrix."""
    three = image.ndim == 3 and image.shape[2] == 3
    if three:  # OpenCV 5 warps four channels in half the time of three
        image = cv2.cvtColor(image, cv2.COLOR_BGR2BGRA)
    image = cv2.warpAffine(image, matrix, image.shape[1::-1], borderValue=(GRAY,) * 4)
    return cv2.cvtColor(image, cv2.COLOR_BGRA2BGR) if three else image
