"""From a painted scene to a picture of a sensor: light, haze, optics, noise, color."""

from __future__ import annotations

import numpy as np

from tinydet.datasets.synthetic.raster import direction
from tinydet.datasets.synthetic.texture import Rng, fractal_noise, grain, rgb, smooth_step

LUMA = rgb(0.3, 0.59, 0.11)


def illuminate(rng: Rng, image: np.ndarray) -> np.ndarray:
    """Return the scene under light that changes across it; one in six with clouds' shadows."""
    size = image.shape[0]
    cos, sin = direction(int(rng.integers(360)))
    at = ((np.arange(size) + 0.5) / size - 0.5).astype(np.float32)
    slope = (at[None] * cos + at[:, None] * sin) * rng.uniform(0, 0.4)
    light = 1 + slope
    if rng.random() < 0.17:
        noise = fractal_noise(rng, size, size * 0.5, 3)
        light = light * (1 - rng.uniform(0.2, 0.5) * smooth_step((noise - 0.05) * 5))
    return image * light[..., None]


def grade(rng: Rng, image: np.ndarray) -> np.ndarray:
    """Return it with the season's and the sensor's color: gray, pale, tinted, hazy, bright."""
    gray = (image[..., :1] * LUMA[0] + image[..., 1:2] * LUMA[1]) + image[..., 2:] * LUMA[2]
    panchromatic = rng.random() < 0.15
    tint = 0.0 if panchromatic else 0.14
    image = gray + (image - gray) * (0.0 if panchromatic else rng.uniform(0.35, 1.2))
    gain = rng.uniform(0.7, 1.35)
    image = image * rgb(*(gain * rng.uniform(1 - tint, 1 + tint) for _ in range(3)))
    haze, veil = rng.uniform(0, 0.28), rng.uniform(155, 200)
    color = rgb(*(veil + 40 * tint * rng.uniform(-2, 2) for _ in range(3)))
    return image * (1 - haze) + haze * color


def blur(image: np.ndarray, amount: float) -> np.ndarray:
    """Return it under a 3 x 3 binomial blur, mixed in by ``amount`` (0..1)."""
    for axis in (0, 1):
        padded = np.pad(image, [(1, 1) if a == axis else (0, 0) for a in range(3)], mode="edge")
        before, after = np.delete(padded, [-1, -2], axis), np.delete(padded, [0, 1], axis)
        image = image + amount * 0.25 * ((before - image) + (after - image))
    return image


def expose(rng: Rng, image: np.ndarray) -> np.ndarray:
    """Return the picture that a sensor takes of a scene: ``(H, W, 3)`` uint8 RGB."""
    image = grade(rng, illuminate(rng, image))
    image = blur(image, rng.uniform(0.2, 1.0))
    if rng.random() < 0.3:
        image = blur(image, rng.uniform(0.2, 1.0))
    noise = rng.uniform(1.0, 5.0)
    image = image + noise * grain(rng, (*image.shape[:2], 1))
    image = image + 0.5 * noise * grain(rng, image.shape)
    return np.floor(np.clip(image, 0, 255) + 0.5).astype(np.uint8)
