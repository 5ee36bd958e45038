"""Noise, stripes and colors: what the ground is painted with.

Only additions, products, square roots and comparisons of arrays are used: IEEE 754 fixes their
results to the last bit, unlike those of ``exp`` or ``sin``, and so the pictures are the same
everywhere. Colors are RGB in 0..255, ``(3,)`` float32.
"""

from __future__ import annotations

import colorsys

import numpy as np

Rng = np.random.Generator


def pick(rng: Rng, items: list | tuple) -> object:
    """Return one of ``items``, without numpy turning it into an array."""
    return items[int(rng.integers(len(items)))]


def rgb(*values: float) -> np.ndarray:
    """Return a color."""
    return np.array(values, dtype=np.float32)


def value_noise(rng: Rng, size: int, cell: float) -> np.ndarray:
    """Return ``(size, size)`` smooth noise in 0..1 whose bumps are ``cell`` pixels wide."""
    count = int(size / cell) + 2
    grid = rng.integers(0, 1024, (count, count)).astype(np.float32) / 1023
    at = (np.arange(size) / cell).astype(np.float32)
    index = at.astype(np.intp)
    t = at - index
    weight = t * t * (3 - 2 * t)
    rows = grid[index] + (grid[index + 1] - grid[index]) * weight[:, None]
    steps = np.diff(rows, axis=1)
    return rows.take(index, axis=1) + steps.take(index, axis=1) * weight[None]


def fractal_noise(rng: Rng, size: int, cell: float, octaves: int = 4) -> np.ndarray:
    """Return ``(size, size)`` noise, about -0.5..0.5; each octave is half as wide and tall."""
    total = np.zeros((size, size), dtype=np.float32)
    amplitude, norm = 1.0, 0.0
    for octave in range(octaves):
        total += amplitude * (value_noise(rng, size, max(cell / 2**octave, 1.0)) - 0.5)
        norm += amplitude
        amplitude *= 0.5
    return total / norm * 1.5


def grain(rng: Rng, shape: tuple[int, ...]) -> np.ndarray:
    """Return white noise of mean 0 and standard deviation 1: the sum of four uniform bytes.

    Near enough to a Gaussian for a sensor, and made of integers.
    """
    count = int(np.prod(shape))
    raw = np.frombuffer(rng.bytes(4 * count), dtype=np.uint8).reshape(4, count)
    total = raw[0].astype(np.int16) + raw[1] + raw[2] + raw[3]
    return ((total - 510).astype(np.float32) / 147.8).reshape(shape)


def triangle_wave(x: np.ndarray) -> np.ndarray:
    """Return a wave of period 1 between 0 and 1."""
    return np.abs((x - np.floor(x)) * 2 - 1)


def smooth_step(x: np.ndarray) -> np.ndarray:
    """Return 0 below 0, 1 above 1, an S between."""
    t = np.clip(x, 0, 1)
    return t * t * (3 - 2 * t)


def vary(rng: Rng, color: np.ndarray, light: float = 20, tint: float = 8) -> np.ndarray:
    """Return ``color``, lighter or darker by up to ``light``, each channel by up to ``tint``."""
    shift = rng.uniform(-light, light)
    channels = [rng.uniform(-tint, tint) + shift for _ in range(3)]
    return np.clip(color + rgb(*channels), 0, 255)


def hsv(hue: float, saturation: float, value: float) -> np.ndarray:
    """Return the color of a hue, saturation and value in 0..1."""
    return 255 * rgb(*colorsys.hsv_to_rgb(hue % 1, saturation, value))


def paint(rng: Rng, ground: np.ndarray) -> np.ndarray:
    """Return the color of something man-made that lies on ``ground``.

    All classes and all distractors use this one wide distribution (light, dark, colored, or
    nearly the ground's own tone), so that color alone tells little about what a thing is.
    """
    kind = rng.random()
    if kind < 0.3:
        return vary(rng, rgb(190, 190, 186), 55, 8)
    if kind < 0.5:
        return vary(rng, rgb(55, 56, 60), 35, 8)
    if kind < 0.75:
        return hsv(rng.random(), rng.uniform(0.15, 0.6), rng.uniform(0.2, 0.85))
    step = rng.uniform(22, 55)
    return vary(rng, ground + (step if rng.random() < 0.5 else -step), 6, 10)


def contrast_to(rng: Rng, color: np.ndarray, least: float, most: float) -> np.ndarray:
    """Return ``color`` made darker or lighter by ``least`` to ``most``, whichever has room."""
    step = rng.uniform(least, most)
    dark = float(color[0]) + float(color[1]) + float(color[2]) < 330
    return np.clip(color + (step if dark else -step), 0, 255)
