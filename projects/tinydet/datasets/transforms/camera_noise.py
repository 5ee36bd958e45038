"""Sensor noise: the variance grows with the light, ``read^2 + gain * value`` (Poisson-Gaussian)."""

from __future__ import annotations

import cv2
import numpy as np

from tinydet.datasets.transforms.objects import PixelTransform, checked_range
from tinydet.registry import TRANSFORMS


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
        prob: float = 0.5,
    ) -> None:
        super().__init__(prob)
        self.read = checked_range(self.name, "read", read, 0, 255)
        self.gain = checked_range(self.name, "gain", gain, 0, 255)
        self.color = color

    def pixels(self, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return noisy pixels in 0..255."""
        read, gain = rng.uniform(*self.read), rng.uniform(*self.gain)
        channels = image.shape[2:] if self.color else (1,) * (image.ndim - 2)
        noise = rng.standard_normal((*image.shape[:2], *channels), np.float32)
        if image.dtype == np.uint8:
            levels = np.sqrt(read**2 + gain * np.arange(256, dtype=np.float32))
            deviation = cv2.LUT(image, levels.astype(np.float32)).reshape(image.shape)
        else:
            deviation = np.sqrt(read**2 + gain * image.clip(0))
        noisy = (image + deviation * noise).clip(0, 255)
        return (np.round(noisy) if image.dtype == np.uint8 else noisy).astype(image.dtype)
