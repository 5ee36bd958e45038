"""Where objects and distractors go: on roads, in rows, in crowds."""

from __future__ import annotations

import math

import numpy as np

from tinydet.datasets.synthetic.compose import Layer, window
from tinydet.datasets.synthetic.covers import branches, clouds
from tinydet.datasets.synthetic.decor import DECOR
from tinydet.datasets.synthetic.raster import Frame, Pose, Sprite, rasterize
from tinydet.datasets.synthetic.recipes import DISTRACTORS, HABITAT, HEIGHT, LENGTH, RECIPES
from tinydet.datasets.synthetic.scene import Area, Lot, Scene, Surface
from tinydet.datasets.synthetic.shapes import LABELS, SHAPES
from tinydet.datasets.synthetic.structures import rotated
from tinydet.datasets.synthetic.texture import pick

SIDES = (2.0, 64.0)  # of sqrt(w * h), as in AI-TOD
MAX_OVERLAP = 0.1  # of an object's pixels with those placed before it


class Layout:
    """Fills a scene, layer by layer.

    Args:
        scene: The ground.
        sides: Smallest and largest sqrt(w * h) of an object, px.
        bridge: Longest bridge, px; the one class that ``sides`` need not hold for.

    Attributes:
        layers: What has been placed, the lowest first.
    """

    def __init__(
        self, scene: Scene, sides: tuple[float, float] = SIDES, bridge: float = SIDES[1]
    ) -> None:
        self.scene = scene
        self.sides, self.bridge = sides, bridge
        self.rng = scene.rng
        self.layers: list[Layer] = []
        self.taken = np.zeros((scene.size, scene.size), dtype=bool)

    def length(self, name: str) -> float:
        """Return a random length in pixels: log-normal around the class's at this scale."""
        median, spread = LENGTH[name]
        return round(self.scene.car * median * math.exp(self.rng.normal(0, spread)), 3)

    def draw(self, name: str, pose: Pose) -> Sprite:
        """Draw a class or a distractor on the ground under it."""
        scene, height = self.scene, pose.length * HEIGHT.get(name, 0.2)
        shadow = (scene.sun[0] * height, scene.sun[1] * height)
        frame = Frame(pose, 0.75, max(abs(shadow[0]), abs(shadow[1])))
        shape = SHAPES.get(name) or DECOR[name]
        return rasterize(frame, shape(self.rng, frame, scene.ground(pose)), shadow)

    def place(self, name: str, pose: Pose, anywhere: bool = False) -> bool:
        """Place one thing if its ground is right, free, and its size within the limits."""
        size = self.scene.size
        allowed = HABITAT.get(name, tuple(Surface))
        if not (-2 <= pose.x < size + 2 and -2 <= pose.y < size + 2):
            return False
        column, row = min(max(int(pose.x), 0), size - 1), min(max(int(pose.y), 0), size - 1)
        if not anywhere and self.scene.surface[row, column] not in allowed:
            return False
        sprite = self.draw(name, pose)
        where, own = window(sprite, size)
        body = sprite.alpha[own] > 0.4
        pixels = int(body.sum())
        if not self.fits(name, sprite) or pixels == 0:
            return False
        right = np.isin(self.scene.surface[where][body], allowed).sum()
        if not anywhere and right < 0.75 * pixels:
            return False
        if self.taken[where][body].sum() > MAX_OVERLAP * pixels:
            return False
        self.taken[where] |= body
        label = LABELS.get(name)
        self.layers.append(Layer(sprite, label, distractor=label is None))
        return True

    def fits(self, name: str, sprite: Sprite) -> bool:
        """Tell whether sqrt(w * h) of the box inside the picture is within the limits."""
        x1, y1, x2, y2 = np.clip(sprite.box, 0, self.scene.size)
        largest = self.bridge if name == "bridge" else self.sides[1]
        return self.sides[0] <= math.sqrt((x2 - x1) * (y2 - y1)) <= largest

    def scatter(self, name: str, count: int, area: Area, tries: int = 12) -> None:
        """Place up to ``count``, each on ground of its kind; on a road along it."""
        rng, scene = self.rng, self.scene
        surface = scene.surface[area.rows, area.columns]
        spots = np.flatnonzero(np.isin(surface, HABITAT.get(name, tuple(Surface))))
        for _ in range(count * tries * (len(spots) > 0)):
            row, column = divmod(int(spots[int(rng.integers(len(spots)))]), area.side)
            row, column = row + area.top, column + area.left
            x, y = column + rng.random(), row + rng.random()
            angle = int(rng.integers(360))
            if name in ("vehicle", "marking") and scene.surface[row, column] == Surface.ROAD:
                angle = int(scene.heading[row, column]) + int(rng.integers(-4, 5))
                angle += 180 * int(rng.integers(2))
            before = len(self.layers)
            self.place(name, Pose(x, y, self.length(name), angle))
            count -= len(self.layers) - before
            if count <= 0:
                return

    def crowd(self, name: str, count: int, spread: float, area: Area) -> None:
        """Place up to ``count`` around one point, upright alike: people, or mills of a farm."""
        rng = self.rng
        x, y = area.anywhere(rng, area.side * 0.1)
        length, angle = self.length(name), int(rng.integers(360))
        for _ in range(count * 2):
            dx, dy = rng.normal(0, spread), rng.normal(0, spread)
            size = round(length * rng.uniform(0.85, 1.15), 3)
            tilt = int(rng.integers(-12, 13))
            self.place(name, Pose(round(x + dx, 3), round(y + dy, 3), size, angle + tilt))

    def fill(self, lot: Lot) -> None:
        """Fill a lot's places, some left empty, some taken by something else."""
        rng, filled = self.rng, self.rng.uniform(0.45, 0.95)
        turn = 0 if lot.label == "container" else 90
        for column in range(lot.columns):
            for row in range(lot.rows):
                if rng.random() > filled:
                    continue
                along = (column - (lot.columns - 1) / 2) * lot.pitch[0] + rng.normal(0, 0.3)
                across = (row - (lot.rows - 1) / 2) * lot.pitch[1] + rng.normal(0, 0.4)
                dx, dy = rotated(lot.angle, round(along, 3), round(across, 3))
                angle = lot.angle + turn + 180 * int(rng.integers(2)) + int(rng.integers(-4, 5))
                length = lot.length * rng.uniform(0.88, 1.08)
                name = pick(rng, DISTRACTORS["lot"]) if rng.random() < 0.06 else lot.label
                self.place(name, Pose(lot.x + dx, lot.y + dy, length, angle))

    def bridges(self) -> None:
        """Put a bridge over each crossing."""
        for x, y, angle, length in self.scene.crossings:
            self.place("bridge", Pose(x, y, min(length, self.bridge), angle), anywhere=True)

    def stock(self, kind: str, area: Area) -> None:
        """Place what a kind of scene has."""
        density = (area.side / 256) ** 2
        for name, chance, low, high, spread in RECIPES[kind]:
            if self.rng.random() >= chance:
                continue
            count = round(int(self.rng.integers(low, high + 1)) * density)
            if spread:
                self.crowd(name, count, spread * self.scene.car, area)
            else:
                self.scatter(name, count, area)

    def clutter(self) -> None:
        """Place distractors all over the scene, each on a surface of its kind."""
        scene, rng = self.scene, self.rng
        for _ in range(round(int(rng.integers(8, 20)) * (scene.size / 256) ** 2)):
            row, column = (int(value) for value in rng.integers(0, scene.size, 2))
            name = pick(rng, DISTRACTORS[Surface(int(scene.surface[row, column])).name])
            angle = int(scene.heading[row, column]) + 90 * int(rng.integers(4))
            angle += int(rng.integers(360)) * (scene.surface[row, column] != Surface.ROAD)
            self.place(name, Pose(column + 0.5, row + 0.5, self.length(name), int(angle)))


def populate(layout: Layout, areas: list[tuple[str, Area]]) -> list[Layer]:
    """Return the objects, distractors and covers of a scene, the lowest first.

    Args:
        layout: Empty.
        areas: Kinds of scene, and where their objects go.
    """
    layout.bridges()
    for lot in layout.scene.lots:
        layout.fill(lot)
    for kind, area in areas:
        layout.stock(kind, area)
    layout.clutter()
    return layout.layers + branches(layout.scene, layout.layers) + clouds(layout.scene)
