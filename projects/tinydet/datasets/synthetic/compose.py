"""Sprites laid over a picture, and how much of each remains to be seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tinydet.datasets.synthetic.raster import Sprite

MIN_VISIBLE = 0.3  # an object of which less is to be seen is taken out of the picture


@dataclass
class Layer:
    """A sprite with its meaning.

    Attributes:
        sprite: What is drawn.
        label: Index of its class, or None for anything that is not an object.
        distractor: Whether it is there to be taken for an object.
        opacity: Below 1 for thin clouds and wakes.
    """

    sprite: Sprite
    label: int | None = None
    distractor: bool = False
    opacity: float = 1.0


def window(sprite: Sprite, size: int) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Return the picture's rows and columns under a sprite, and the sprite's own inside it."""
    height, width = sprite.alpha.shape
    top, left = max(sprite.top, 0), max(sprite.left, 0)
    bottom, right = min(sprite.top + height, size), min(sprite.left + width, size)
    bottom, right = max(bottom, top), max(right, left)
    inner_rows = slice(top - sprite.top, bottom - sprite.top)
    inner_columns = slice(left - sprite.left, right - sprite.left)
    return (slice(top, bottom), slice(left, right)), (inner_rows, inner_columns)


def overlay(canvas: np.ndarray, sprite: Sprite, darkness: float, opacity: float = 1.0) -> None:
    """Lay a sprite and its shadow over ``canvas`` ``(H, W, 3)``, in place."""
    where, own = window(sprite, canvas.shape[0])
    under = canvas[where] * (1 - darkness * sprite.shade[own])[..., None]
    canvas[where] = under * (1 - opacity * sprite.alpha[own])[..., None]
    canvas[where] += opacity * sprite.color[own]


def drop_hidden(layers: list[Layer], size: int) -> list[Layer]:
    """Return the layers without the objects of which less than ``MIN_VISIBLE`` is to be seen.

    What hides an object: the layers above it, and the picture's edge. The layers are walked from
    the top, so that an object that is taken out hides nothing.
    """
    open_sky = np.ones((size, size), dtype=np.float64)
    kept = []
    for layer in reversed(layers):
        where, own = window(layer.sprite, size)
        alpha = layer.sprite.alpha
        seen = float((alpha[own] * open_sky[where]).sum(dtype=np.float64))
        if layer.label is not None and seen < MIN_VISIBLE * float(alpha.sum(dtype=np.float64)):
            continue
        open_sky[where] *= 1 - layer.opacity * alpha[own]
        kept.append(layer)
    return kept[::-1]
