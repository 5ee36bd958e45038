"""Which tiles an epoch sees."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinydet.datasets.systematic import drawn

WEIGHTS = ("objects", "classes")


def weights_of(labels: Sequence[Sequence[int]], kind: str) -> np.ndarray:
    """Return how often tiles are to be drawn, relative.

    Args:
        labels: Classes of the objects of each tile, ``T``.
        kind: ``"objects"``: in proportion to their number. ``"classes"``: an object counts one
            divided by the number of its class, so that all classes are drawn alike.

    Returns:
        ``(T,)``, of sum 1.
    """
    flat = np.array([label for one in labels for label in one], np.int64)
    tile = np.repeat(np.arange(len(labels)), [len(one) for one in labels])
    value = 1 / np.bincount(flat)[flat] if kind == "classes" else np.ones(len(flat))
    weights = np.bincount(tile, value, minlength=len(labels))
    return weights / weights.sum()


def epoch_draw(
    weights: np.ndarray | None, full: np.ndarray, empty: np.ndarray, rate: float, seed: tuple
) -> np.ndarray:
    """Return the tiles of an epoch in the order of their numbers.

    Args:
        weights: Of the tiles with objects, ``(F,)``; None takes each once.
        full: Numbers of the tiles with objects, ``(F,)``.
        empty: Numbers of those without, ``(E,)``.
        rate: Share of the empty tiles that join.
        seed: Whole numbers that decide the draw.
    """
    rng = np.random.default_rng(seed)
    chosen = full if weights is None else full[drawn(weights, len(full), rng)]
    joining = rng.choice(empty, round(rate * len(empty)), replace=False)
    return np.sort(np.concatenate([chosen, joining]))
