"""A picture in the making: its canvas, and what is known of its ground."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np

from tinydet.datasets.synthetic.raster import Pose, Vector, direction
from tinydet.datasets.synthetic.texture import Rng, rgb


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
    """Places in rows and columns for objects of one class: a parking lot, an apron, a marina."""

    label: str
    x: float
    y: float
    angle: int
    columns: int
    rows: int
    pitch: Vector  # pixels along and across
    length: float  # of an object, pixels


@dataclass(frozen=True)
class Area:
    """A square of a picture, in pixels."""

    left: int
    top: int
    side: int

    @property
    def rows(self) -> slice:
        return slice(self.top, self.top + self.side)

    @property
    def columns(self) -> slice:
        return slice(self.left, self.left + self.side)

    def anywhere(self, rng: Rng, margin: float = 0.0) -> tuple[float, float]:
        """Return a point at least ``margin`` pixels inside."""
        low, high = margin, max(self.side - margin, margin + 1)
        return self.left + rng.uniform(low, high), self.top + rng.uniform(low, high)


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

    def blend(self, alpha: np.ndarray, color: np.ndarray, surface: Surface | None = None) -> None:
        """Paint ``color`` (``(3,)`` or an image) where ``alpha`` ``(size, size)`` is above 0."""
        rows, columns = np.flatnonzero(alpha.any(1)), np.flatnonzero(alpha.any(0))
        if len(rows) == 0:
            return
        where = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
        alpha, canvas = alpha[where], self.canvas[where]
        canvas += alpha[..., None] * ((color[where] if color.ndim == 3 else color) - canvas)
        if surface is not None:
            self.surface[where][alpha > 0.5] = surface

    def frame(self, x: float, y: float, angle: int) -> tuple[np.ndarray, np.ndarray]:
        """Return how far each pixel lies along and across a line through ``x, y``."""
        cos, sin = direction(angle)
        column = (np.arange(self.size) + 0.5 - x).astype(np.float32)[None]
        row = (np.arange(self.size) + 0.5 - y).astype(np.float32)[:, None]
        return column * cos + row * sin, row * cos - column * sin

    def anywhere(self, margin: float = 0.0) -> tuple[float, float]:
        """Return a point at least ``margin`` pixels inside the picture."""
        return Area(0, 0, self.size).anywhere(self.rng, margin)

    def ground(self, pose: Pose) -> np.ndarray:
        """Return the ground's tone around a pose: the mean of four pixels."""
        reach, last = pose.length * 0.4, self.size - 1
        total = rgb(0, 0, 0)
        for dx, dy in ((-1, -1), (-1, 1), (1, -1), (1, 1)):
            column = min(max(int(pose.x + dx * reach), 0), last)
            row = min(max(int(pose.y + dy * reach), 0), last)
            total = total + self.canvas[row, column] / 4
        return total


def new_scene(rng: Rng, size: int, car: float) -> Scene:
    """Return an empty scene with its sun."""
    cos, sin = direction(int(rng.integers(360)))
    tall = rng.uniform(0.3, 1.3)
    return Scene(
        rng=rng,
        size=size,
        car=car,
        sun=(cos * tall, sin * tall),
        canvas=np.zeros((size, size, 3), np.float32),
        surface=np.zeros((size, size), np.uint8),
        heading=np.zeros((size, size), np.int16),
    )
