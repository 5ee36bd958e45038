"""Notes on pictures that the test pipeline reduces so much that small objects may vanish."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from torch import nn

from tinydet.slicing.detector import SlicedDetector
from tinydet.slicing.tile_batches import loaded

MOST = 1.5  # times that a picture may be reduced without a note


class Reduction:
    """What a test pipeline makes of pictures of a size, found out by blank ones.

    Args:
        model: Of a sliced one there are no notes, as its tiles have their own scale.
        pipeline: The test transforms after the loader.
    """

    def __init__(self, model: nn.Module, pipeline: Callable[[dict], dict]) -> None:
        self._sliced, self._pipeline = isinstance(model, SlicedDetector), pipeline
        self._known: dict[tuple[int, int], list[str]] = {}

    def notes(self, height: int, width: int) -> list[str]:
        """Return a sentence if pictures of this size, px, are reduced more than ``MOST`` times."""
        if self._sliced:
            return []
        if (height, width) not in self._known:
            self._known[height, width] = self._notes(height, width)
        return self._known[height, width]

    def _notes(self, height: int, width: int) -> list[str]:
        scale, tall, wide = self._seen(height, width)
        if scale * MOST >= 1:
            return []
        longest = max(tall, wide)
        side = round(longest * self._seen(longest, longest)[0])  # of a tile that keeps its scale
        return [
            f"pictures of {width} x {height} px are reduced {1 / scale:.1f} times for the network, "
            f"which sees {wide} x {tall} px, so small objects may be missed; look at tiles by "
            f"--slice {side} (in Python, slice={side})"
        ]

    def _seen(self, height: int, width: int) -> tuple[float, int, int]:
        """Return the scale of a picture to the network, and the height and width of its input."""
        blank = self._pipeline(loaded(np.zeros((height, width, 3), np.uint8)))
        scale = getattr(blank["data_samples"], "scale_factor", 1)  # none where nothing is resized
        return float(np.min(scale)), *blank["inputs"].shape[-2:]
