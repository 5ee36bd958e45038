"""Blur of optics and of motion, symmetric about each pixel, so that nothing moves."""

from __future__ import annotations

import cv2
import numpy as np

from tinydet.datasets.transforms.objects import PixelTransform, checked_range
from tinydet.registry import TRANSFORMS

LEAST = 1 / 255  # of the peak; OpenCV takes no time for a zero


def blur_kernel(sigma: float, length: float, angle: float) -> np.ndarray:
    """Return the square kernel of a Gaussian stretched along a line, of odd side and sum 1.

    Args:
        sigma: Standard deviation of the optics, px.
        length: Way of the camera during the exposure, px; a uniform way has the deviation
            ``length / sqrt(12)``.
        angle: Direction of the way, degrees.
    """
    cos, sin = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
    along, across = np.hypot(sigma, length / np.sqrt(12)), max(sigma, 0.1)
    radius = max(1, int(np.ceil(3 * max(along, across))))
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    u, v = (x * cos + y * sin) / max(along, 0.1), (y * cos - x * sin) / across
    kernel = np.exp(-(u**2 + v**2) / 2)
    kernel[kernel < LEAST] = 0
    return kernel / kernel.sum()


@TRANSFORMS.register_module()
class CameraBlur(PixelTransform):
    """Blur a picture as optics and a moving drone do; boxes stay.

    Args:
        sigma: Smallest and largest standard deviation of the optics, px. Above 1, objects of a few
            pixels vanish.
        motion: Shortest and longest way of the camera during the exposure, px.
        prob: How often a picture is changed.
    """

    def __init__(
        self,
        sigma: tuple[float, float] = (0.2, 0.8),
        motion: tuple[float, float] = (0, 3),
        prob: float = 0.1,
    ) -> None:
        super().__init__(prob)
        self.sigma = checked_range(self.name, "sigma", sigma, 0, 10)
        self.motion = checked_range(self.name, "motion", motion, 0, 30)

    def pixels(self, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return blurred pixels."""
        kernel = blur_kernel(
            rng.uniform(*self.sigma),
            rng.uniform(*self.motion),
            rng.uniform(0, 180),
        )
        return cv2.filter2D(image, -1, kernel, borderType=cv2.BORDER_REFLECT_101)
