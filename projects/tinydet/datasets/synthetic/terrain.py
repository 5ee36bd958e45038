"""The ground: what a scene knows about it, and the land, water and roads it is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np

from tinydet.datasets.synthetic.raster import Vector, direction
from tinydet.datasets.synthetic.texture import (
    Rng,
    fractal_noise,
    hsv,
    rgb,
    smooth_step,
    triangle_wave,
    vary,
)


class Surface(IntEnum):
    """What a pixel of the ground is, and so what may stand on it."""

    GROUND = 0
    ROAD = 1
    PAVED = 2
    ROOF = 3
    TREES = 4
    WATER = 5


@dataclass(frozen=True)
class Lot:
    """Places in rows and columns for objects of one class: a car park, an apron, a marina."""

    label: str
    x: float
    y: float
    angle: int
    columns: int
    rows: int
    pitch: Vector  # pixels along and across
    length: float  # of an object, pixels


@dataclass
class Scene:
    """A picture in the making.

    Attributes:
        rng: The scene's random source.
        size: Side of the picture in pixels.
        car: Length of a car in pixels; the scale of all that is built.
        sun: Where shadows fall, times their length for a height of 1.
        canvas: RGB in 0..255, ``(size, size, 3)`` float32.
        surface: A :class:`Surface` a pixel.
        heading: Direction of the road under a pixel in degrees; 0 elsewhere.
        lots: Where objects stand in rows.
        crossings: Bridges' places: x, y, heading in degrees, length in pixels.
    """

    rng: Rng
    size: int
    car: float
    sun: Vector
    canvas: np.ndarray
    surface: np.ndarray
    heading: np.ndarray
    lots: list[Lot] = field(default_factory=list)
    crossings: list[tuple[float, float, int, float]] = field(default_factory=list)

    def blend(self, alpha: np.ndarray, colour: np.ndarray, surface: Surface | None = None) -> None:
        """Paint ``colour`` (``(3,)`` or an image) where ``alpha`` ``(size, size)`` is above 0."""
        self.canvas += alpha[..., None] * (colour - self.canvas)
        if surface is not None:
            self.surface[alpha > 0.5] = surface

    def frame(self, x: float, y: float, angle: int) -> tuple[np.ndarray, np.ndarray]:
        """Return how far each pixel lies along and across a line through ``x, y``."""
        cos, sin = direction(angle)
        column = (np.arange(self.size) + 0.5 - x).astype(np.float32)[None]
        row = (np.arange(self.size) + 0.5 - y).astype(np.float32)[:, None]
        return column * cos + row * sin, row * cos - column * sin

    def anywhere(self, margin: float = 0.0) -> tuple[float, float]:
        """Return a point at least ``margin`` pixels inside the picture."""
        low, high = margin, max(self.size - margin, margin + 1)
        return self.rng.uniform(low, high), self.rng.uniform(low, high)


def soil(scene: Scene, colour: np.ndarray, rough: float = 26, cell: float = 48) -> None:
    """Cover everything with one kind of ground: large patches of tone, and fine texture."""
    rng, size = scene.rng, scene.size
    tone = fractal_noise(rng, size, cell, 5) * rough
    tint = fractal_noise(rng, size, cell * 1.5, 2)[..., None] * rgb(18, 4, -14)
    scene.canvas[:] = colour + tone[..., None] + tint
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
    hue, grey = rng.uniform(0.3, 0.64), rng.uniform(0.05, 0.5)
    deep = hsv(hue, grey, rng.uniform(0.18, 0.6))
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
    """Return the colour of a field: green, ripe, ploughed or dry."""
    if rng.random() < 0.5:
        return hsv(rng.uniform(0.18, 0.36), rng.uniform(0.2, 0.5), rng.uniform(0.3, 0.6))
    return hsv(rng.uniform(0.06, 0.15), rng.uniform(0.15, 0.45), rng.uniform(0.35, 0.75))
