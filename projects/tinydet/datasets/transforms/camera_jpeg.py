"""Artifacts of JPEG: blocks of 8 px and colors at half the resolution."""

from __future__ import annotations

import cv2
import numpy as np

from tinydet.datasets.transforms.objects import PixelTransform, checked_range
from tinydet.registry import TRANSFORMS


@TRANSFORMS.register_module()
class CameraJPEG(PixelTransform):
    """Compress a picture and decode it again; boxes stay.

    Args:
        quality: Lowest and highest quality of libjpeg, 1..100; drones stream at 50 to 80.
        prob: How often a picture is changed.
    """

    def __init__(self, quality: tuple[int, int] = (50, 95), prob: float = 0.1) -> None:
        super().__init__(prob)
        self.quality = checked_range(self.name, "quality", quality, 1, 100)

    def pixels(self, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return the decoded pixels."""
        quality = int(rng.integers(self.quality[0], self.quality[1] + 1))
        eight_bits = np.round(image).clip(0, 255).astype(np.uint8)
        _, data = cv2.imencode(".jpg", eight_bits, [cv2.IMWRITE_JPEG_QUALITY, quality])
        return cv2.imdecode(data, cv2.IMREAD_UNCHANGED).astype(image.dtype, copy=False)
