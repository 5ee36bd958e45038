"""Sensor noise: the variance grows with the light, ``read^2 + gain * value`` (Poisson-Gaussian)."""

from __future__ import annotations

import cv2
import numpy as np

from tinydet.datasets.transforms.objects import PixelTransform, checked_range
from tinydet.registry import TRANSFORMS

SHIFTS = 2**16  # places at which the noise of a picture can begin in the field


@TRANSFORMS.register_module()
class CameraNoise(PixelTransform):
    """Add noise as a sensor does; boxes stay.

    Args:
        read: Smallest and largest noise of a black pixel, gray levels.
        gain: Smallest and largest gray levels a photoelectron; the shot noise of a value ``v`` is
            ``sqrt(gain * v)``.
        color: Whether the channels differ. False is for gray pictures, such as thermal ones.
        prob: How often a picture is changed.
    """

    def __init__(
        self,
        read: tuple[float, float] = (0, 4),
        gain: tuple[float, float] = (0, 0.3),
        color: bool = True,
        prob: float = 0.1,
    ) -> None:
        super().__init__(prob)
        self.read = checked_range(self.name, "read", read, 0, 255)
        self.gain = checked_range(self.name, "gain", gain, 0, 255)
        self.color, self._field = color, np.zeros(0, np.float32)

    def pixels(self, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return noisy pixels in 0..255."""
        read, gain = rng.uniform(*self.read), rng.uniform(*self.gain)
        noise = self._noise(image, rng)
        if image.dtype != np.uint8:
            deviation = np.sqrt(read**2 + gain * image.clip(0))
            return (image + deviation * noise).clip(0, 255).astype(image.dtype)
        levels = np.sqrt(read**2 + gain * np.arange(256)).astype(np.float32)
        # OpenCV rounds and clips to 0..255 in the same pass.
        return cv2.add(image, cv2.multiply(cv2.LUT(image, levels), noise), dtype=cv2.CV_8U)

    def _noise(self, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return normal noise in the shape of an image, from a place of its own in the field.

        Drawing anew for each picture would take longer than decoding the picture.
        """
        count = image.size if self.color else image.shape[0] * image.shape[1]
        if len(self._field) < count + SHIFTS:
            self._field = rng.standard_normal(count + SHIFTS, np.float32)
        start = rng.integers(SHIFTS)
        noise = self._field[start : start + count]
        if self.color or image.ndim == 2:
            return noise.reshape(image.shape)
        return np.repeat(noise, image.shape[2]).reshape(image.shape)
