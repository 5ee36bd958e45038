"""The ground: soil, woods, fields, water and roads, painted one over the other."""

from __future__ import annotations

import numpy as np

from tinydet.datasets.synthetic.raster import Vector
from tinydet.datasets.synthetic.scene import Scene, Surface
from tinydet.datasets.synthetic.texture import (
    Rng,
    fractal_noise,
    hsv,
    rgb,
    smooth_step,
    triangle_wave,
    vary,
)


def soil(scene: Scene, color: np.ndarray, rough: float = 26, cell: float = 48) -> None:
    """Cover everything with one kind of ground: large patches of tone, and fine texture."""
    rng, size = scene.rng, scene.size
    tone = fractal_noise(rng, size, cell, 5) * rough
    tint = fractal_noise(rng, size, cell * 1.5, 2)[..., None] * rgb(18, 4, -14)
    scene.canvas[:] = color + tone[..., None] + tint
    scene.surface[:] = Surface.GROUND


def mottle(scene: Scene, alpha: np.ndarray, cell: float, depth: float) -> None:
    """Roughen the part of the canvas under ``alpha``: tree crowns, ripples, stains."""
    noise = fractal_noise(scene.rng, scene.size, cell, 3) * depth
    scene.canvas += (alpha * noise)[..., None]


def woods(scene: Scene, where: np.ndarray) -> None:
    """Cover ``where`` (0..1) with tree crowns: bumps with a lit and a dark side."""
    rng, size = scene.rng, scene.size
    green = hsv(rng.uniform(0.2, 0.36), rng.uniform(0.15, 0.5), rng.uniform(0.2, 0.42))
    cell = scene.car * rng.uniform(0.5, 0.9)
    bumps = fractal_noise(rng, size, cell, 2)
    lit = bumps - np.roll(bumps, (2, 2), (0, 1))
    crowns = green * (1 + 0.9 * lit + 0.7 * bumps)[..., None]
    scene.blend(smooth_step(where), crowns.astype(np.float32), Surface.TREES)


def water(scene: Scene, depth: np.ndarray) -> None:
    """Fill where ``depth`` (pixels from the shore, positive in the water) is above 0."""
    rng = scene.rng
    hue, gray = rng.uniform(0.3, 0.64), rng.uniform(0.05, 0.5)
    deep = hsv(hue, gray, rng.uniform(0.18, 0.6))
    shallow = 0.6 * vary(rng, deep, 15, 10) + 0.4 * rgb(150, 150, 120)
    bank = vary(rng, rgb(165, 155, 130), 30, 8)
    scene.blend(smooth_step(depth / 3 + 2) * 0.7, bank)
    blend = smooth_step(depth / rng.uniform(10, 40))[..., None]
    scene.blend(np.clip(depth + 0.5, 0, 1), shallow + (deep - shallow) * blend, Surface.WATER)
    wet = np.clip(depth, 0, 1)
    mottle(scene, wet, 6, rng.uniform(6, 18))
    mottle(scene, wet, 60, 14)


def road(scene: Scene, x: float, y: float, angle: int, width: float, bend: float = 0.0) -> None:
    """Lay a road through a point; ``bend`` is its sideways offset per pixel squared along it."""
    rng = scene.rng
    along, across = scene.frame(x, y, angle)
    across = across - bend * along * along
    alpha = np.clip(width / 2 - np.abs(across) + 0.5, 0, 1)
    alpha = alpha * (scene.surface != Surface.WATER)
    verge = np.clip(width * 0.65 + 1.5 - np.abs(across), 0, 1) * (scene.surface != Surface.WATER)
    scene.blend(verge * 0.5, vary(rng, rgb(150, 145, 130), 30, 8))
    tarmac = vary(rng, rgb(112, 111, 110), 48, 7)
    scene.blend(alpha, tarmac, Surface.ROAD)
    mottle(scene, alpha, 10, 10)
    slope = np.clip(2 * bend * along, -0.8, 0.8) * 57.3
    scene.heading[alpha > 0.5] = (angle + slope)[alpha > 0.5].astype(np.int16)
    if width > 7 and rng.random() < 0.8:
        line = np.clip(1 - np.abs(across), 0, 1) * rng.uniform(0.3, 0.8)
        dashes = triangle_wave(along / (1.4 * scene.car)) < 0.55
        scene.blend(line * dashes * alpha, rgb(215, 213, 200))
        edge = np.clip(1 - np.abs(np.abs(across) - width / 2 + 1), 0, 1) * alpha
        scene.blend(edge * rng.uniform(0, 0.5), rgb(215, 213, 200))


def parcels(scene: Scene, x: float, y: float, angle: int, pitch: Vector) -> None:
    """Divide the ground into fields, each with its own crop, rows and direction."""
    rng = scene.rng
    along, across = scene.frame(x, y, angle)
    column = np.floor(along / pitch[0]).astype(np.intp)
    along = along + (column % 3) * pitch[1] * 0.3  # breaks the grid
    row = np.floor((across + (column % 4) * pitch[1] * 0.27) / pitch[1]).astype(np.intp)
    cell = (column * 7 + row * 13) % 16
    crops = [vary(rng, crop(rng), 20, 8) for _ in range(16)]
    depth = rng.uniform(0, 14, 16).astype(np.float32)
    period = rng.uniform(3, 9, 16).astype(np.float32)
    turned = rng.random(16) < 0.4
    distance = np.where(turned[cell], along, across)
    stripes = (triangle_wave(distance / period[cell]) - 0.5) * depth[cell]
    grown = np.stack(crops)[cell] + stripes[..., None]
    scene.blend(np.full(cell.shape, rng.uniform(0.6, 0.95), np.float32), grown)


def crop(rng: Rng) -> np.ndarray:
    """Return the color of a field: green, ripe, plowed or dry."""
    if rng.random() < 0.5:
        return hsv(rng.uniform(0.18, 0.36), rng.uniform(0.2, 0.5), rng.uniform(0.3, 0.6))
    return hsv(rng.uniform(0.06, 0.15), rng.uniform(0.15, 0.45), rng.uniform(0.35, 0.75))
