"""Rotation by 0, 90, 180 or 270 degrees: no pixel is interpolated, each box is exact."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from tinydet.datasets.transforms.objects import Objects, ObjectTransform
from tinydet.registry import TRANSFORMS

LEFT = (cv2.ROTATE_90_COUNTERCLOCKWISE, cv2.ROTATE_180, cv2.ROTATE_90_CLOCKWISE)


def turned(boxes: np.ndarray, height: float, width: float, turns: int) -> np.ndarray:
    """Return ``(N, 4)`` boxes after ``turns`` quarter turns to the left of an H x W picture."""
    for _ in range(turns % 4):
        x1, y1, x2, y2 = boxes.T
        boxes = np.stack([y1, width - x2, y2, width - x1], 1)
        height, width = width, height
    return boxes


@TRANSFORMS.register_module()
class RandomQuarterTurn(ObjectTransform):
    """Rotate a picture by a random multiple of 90 degrees; aerial pictures have no top.

    Args:
        prob: How often a picture is rotated; a quarter of the draws is 0 degrees.
    """

    def apply(
        self, image: np.ndarray, objects: Objects, rng: np.random.Generator
    ) -> tuple[np.ndarray, Objects]:
        """Return the rotated pixels and boxes."""
        turns = int(rng.integers(4))
        if not turns:
            return image, objects
        objects = replace(objects, boxes=turned(objects.boxes, *image.shape[:2], turns))
        image = cv2.rotate(image, LEFT[turns - 1])
        return image, objects.redrawn(
            image.shape[:2], lambda mask: cv2.rotate(mask, LEFT[turns - 1])
        )
