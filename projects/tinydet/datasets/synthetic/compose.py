"""Lay sprites over a picture and measure how much of each sprite is visible."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tinydet.datasets.synthetic.raster import Sprite

MIN_VISIBLE = 0.3  # objects with a smaller visible fraction are removed from the picture


@dataclass
class Layer:
    """A sprite and its class.

    Attributes:
        sprite: Sprite to draw.
        label: Index of the class; None if the sprite is not an object.
        distractor: Whether the sprite resembles an object.
        opacity: Below 1 for thin clouds and wakes.
    """

    sprite: Sprite
    label: int | None = None
    distractor: bool = False
    opacity: float = 1.0


def window(sprite: Sprite, size: int) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Return the rows and columns that a sprite covers, in the picture and in the sprite."""
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
    """Remove the objects whose visible fraction is below ``MIN_VISIBLE``.

    The layers above an object and the edge of the picture hide parts of the object. Layers are
    processed from the top, so that removed objects hide nothing.
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
