"""The objects of one image, found or annotated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Objects:
    """Objects of one image.

    Args:
        boxes: ``(N, 4)`` x1, y1, x2, y2 in pixels.
        labels: ``(N,)`` class indices from 0.
        scores: ``(N,)`` in 0..1, or None for ground truth.
    """

    boxes: np.ndarray
    labels: np.ndarray
    scores: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.boxes)

    def select(self, index: np.ndarray) -> Objects:
        """Return the objects of an index or mask, in its order."""
        scores = None if self.scores is None else self.scores[index]
        return Objects(self.boxes[index], self.labels[index], scores)

    def moved(self, x: float, y: float, zoom: int = 1) -> Objects:
        """Return the objects as seen in a window that begins at (x, y), enlarged ``zoom`` times."""
        return Objects((self.boxes - [x, y, x, y]) * zoom, self.labels, self.scores)
