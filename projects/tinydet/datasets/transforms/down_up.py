"""Loss of resolution: a picture is reduced and enlarged again, as a camera from farther away."""

from __future__ import annotations

import cv2
import numpy as np

from tinydet.datasets.transforms.objects import PixelTransform, checked_range
from tinydet.registry import TRANSFORMS


@TRANSFORMS.register_module()
class DownUpJitter(PixelTransform):
    """Reduce a picture by a random factor and enlarge it to its own size; boxes stay.

    Args:
        scale: Smallest and largest factor, at most 1.
        prob: How often a picture is changed.
    """

    def __init__(self, scale: tuple[float, float] = (0.5, 0.9), prob: float = 0.1) -> None:
        super().__init__(prob)
        self.scale = checked_range(self.name, "scale", scale, 0.01, 1)

    def pixels(self, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return the pixels with less detail."""
        height, width = image.shape[:2]
        scale = rng.uniform(*self.scale)
        small = max(1, round(width * scale)), max(1, round(height * scale))
        image = _smoothed(image, scale)
        image = cv2.resize(image, small, interpolation=cv2.INTER_LINEAR)
        return cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR)


def _smoothed(image: np.ndarray, scale: float) -> np.ndarray:
    """Return an image without the detail that a smaller one cannot hold.

    A Gaussian of ``sqrt(1 / scale**2 - 1) / 2`` px widens a pixel of half a pixel's deviation to
    one of the small image; with INTER_AREA in its place, the transform takes twice the time.
    """
    sigma = np.sqrt(1 / scale**2 - 1) / 2
    side = 2 * round(2 * sigma) + 1
    return cv2.GaussianBlur(image, (side, side), sigma) if side > 1 else image
