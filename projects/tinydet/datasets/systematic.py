"""Systematic sampling: how often each of several things is drawn, with little scatter."""

from __future__ import annotations

import numpy as np


def drawn(weights: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Return ``(count,)`` indices, each ``count * weight`` times, rounded up or down at random.

    One random number, and steps of equal length through the summed weights.

    Args:
        weights: ``(N,)`` of sum 1.
        count: Draws.
        rng: Of the random number.
    """
    steps = (np.arange(count) + rng.random()) / max(count, 1)
    return np.searchsorted(np.cumsum(weights)[:-1], steps, side="right")
