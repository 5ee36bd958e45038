"""Eight kinds of scene: how each lays out its land, water, roads and buildings."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tinydet.datasets.synthetic.decor import building
from tinydet.datasets.synthetic.lots import any_angle, lot_of, marina, parking_lot, pave
from tinydet.datasets.synthetic.raster import Pose, Vector
from tinydet.datasets.synthetic.scene import Scene, Surface
from tinydet.datasets.synthetic.structures import (
    houses,
    rotated,
    stand,
    streets,
    surface_at,
    trees,
)
from tinydet.datasets.synthetic.terrain import crop, mottle, parcels, road, soil, water, woods
from tinydet.datasets.synthetic.texture import fractal_noise, hsv, rgb, vary

GRAY_SOIL, DRY_SOIL, SAND = rgb(128, 124, 115), rgb(150, 132, 104), rgb(188, 164, 128)


def fields(scene: Scene) -> None:
    """Fields, hedges, a farm, a road; a pond now and then."""
    rng, size = scene.rng, scene.size
    soil(scene, crop(rng))
    angle = any_angle(rng)
    parcels(scene, *scene.anywhere(), angle, (rng.uniform(50, 130), rng.uniform(35, 90)))
    if rng.random() < 0.4:
        shape = fractal_noise(rng, size, size * 0.4, 3)
        water(scene, (shape - rng.uniform(0.2, 0.35)) * 60)
    road(scene, *scene.anywhere(size * 0.2), angle, scene.car * rng.uniform(0.6, 1.4))
    if rng.random() < 0.6:
        bend = rng.uniform(-0.004, 0.004)
        road(scene, *scene.anywhere(), any_angle(rng), scene.car * rng.uniform(0.4, 1), bend)
    houses(scene, angle, int(rng.integers(0, 5)), 1.5, 4)
    trees(scene, int(rng.integers(5, 40)))
    trees(scene, int(rng.integers(0, 30)), spread=30)


def urban(scene: Scene) -> None:
    """Streets in a grid, houses in yards with trees, parking lots."""
    rng = scene.rng
    soil(scene, vary(rng, hsv(rng.uniform(0.1, 0.3), rng.uniform(0.05, 0.3), 0.45), 25, 8), 30, 24)
    angle = any_angle(rng)
    pitch = (scene.car * rng.uniform(5, 9), scene.car * rng.uniform(7, 14))
    streets(scene, angle, pitch, scene.car * rng.uniform(1.0, 1.6))
    for _ in range(int(rng.integers(1, 3))):
        parking_lot(scene)
    area = (scene.size / scene.car) ** 2
    houses(scene, angle, int(area * rng.uniform(0.1, 0.3)), 1.8, rng.uniform(2.5, 4.5))
    trees(scene, int(area * rng.uniform(0.02, 0.15)))


def forest(scene: Scene) -> None:
    """Woods with clearings, a winding road, perhaps a lake."""
    rng, size = scene.rng, scene.size
    soil(scene, crop(rng))
    if rng.random() < 0.35:
        water(scene, (fractal_noise(rng, size, size * 0.5, 3) - 0.15) * 70)
    land = scene.surface != Surface.WATER
    woods(scene, land * (fractal_noise(rng, size, size * 0.35, 4) * 12 + rng.uniform(0, 2.5)))
    for _ in range(int(rng.integers(1, 3))):
        bend = rng.uniform(-0.005, 0.005)
        road(scene, *scene.anywhere(size * 0.2), any_angle(rng), scene.car * 1.1, bend)
    if rng.random() < 0.5:
        parking_lot(scene, 5)
    houses(scene, any_angle(rng), int(rng.integers(0, 6)), 1.5, 3)
    trees(scene, int(rng.integers(10, 60)))


def coast(scene: Scene) -> None:
    """A harbor or a beach: a shore, piers with berths, a quay behind."""
    rng, size = scene.rng, scene.size
    soil(scene, vary(rng, (SAND, GRAY_SOIL, DRY_SOIL)[int(rng.integers(3))], 20, 8))
    angle = any_angle(rng)
    across = scene.frame(*scene.anywhere(size * 0.35), angle)[1]
    harbor = rng.random() < 0.65
    wiggle = fractal_noise(rng, size, size * 0.4, 4) * (4 if harbor else 70)
    water(scene, across + wiggle)
    if rng.random() < 0.6:
        offset = rotated(angle, 0, -scene.car * rng.uniform(1, 4))
        x, y = size / 2 + offset[0], size / 2 + offset[1]
        road(scene, x, y, angle, scene.car * rng.uniform(0.9, 1.6))
    if harbor:
        quay = np.clip(np.minimum(-across, 26 + across), 0, 1) * rng.uniform(0.5, 1)
        scene.blend(quay, vary(rng, rgb(140, 138, 132), 30, 6), Surface.PAVED)
        marina(scene, across, angle)
        parking_lot(scene)
    houses(scene, angle, int(rng.integers(4, 25)), 2, 5)
    trees(scene, int(rng.integers(0, 25)))


def desert(scene: Scene) -> None:
    """Sand and scree with dry gullies, tracks, a few huts."""
    rng, size = scene.rng, scene.size
    soil(scene, vary(rng, (SAND, DRY_SOIL, GRAY_SOIL)[int(rng.integers(3))], 30, 12), 40, 70)
    scene.canvas += (np.abs(fractal_noise(rng, size, 40, 4)) * -70)[..., None] * rgb(1, 1, 0.9)
    mottle(scene, np.ones((size, size), np.float32), 4, 16)
    for _ in range(int(rng.integers(1, 4))):
        bend = rng.uniform(-0.003, 0.003)
        road(scene, *scene.anywhere(), any_angle(rng), scene.car * rng.uniform(0.5, 1.3), bend)
    if rng.random() < 0.4:
        parking_lot(scene, 5)
    houses(scene, any_angle(rng), int(rng.integers(0, 8)), 1.2, 3)
    trees(scene, int(rng.integers(0, 40)))


def airfield(scene: Scene) -> None:
    """Grass, a runway with its marks, an apron with stands, hangars."""
    rng, size, car = scene.rng, scene.size, scene.car
    soil(scene, crop(rng), 18)
    angle = any_angle(rng)
    road(scene, *scene.anywhere(size * 0.3), angle, car * rng.uniform(3, 5))
    plane = car * rng.uniform(1.4, 3.0)
    shape = (int(rng.integers(3, 7)), int(rng.integers(1, 4)))
    gap = (rng.uniform(1.1, 1.3), rng.uniform(1.15, 1.5))
    road(scene, *scene.anywhere(), angle + 60, car * 1.5)
    pave(scene, lot_of(scene, "airplane", plane, *shape, gap), 1.0, lines=False)
    parking_lot(scene)
    for _ in range(int(rng.integers(1, 4))):
        pose = Pose(*scene.anywhere(), car * rng.uniform(5, 9), angle)
        if surface_at(scene, pose.x, pose.y) == Surface.GROUND:
            stand(scene, building, pose, car * 0.8, Surface.ROOF)
    trees(scene, int(rng.integers(0, 30)))


def industrial(scene: Scene) -> None:
    """Yards, large halls, a tank farm, container stacks, trucks."""
    rng, car = scene.rng, scene.car
    soil(scene, vary(rng, GRAY_SOIL, 35, 10), 34, 30)
    angle = any_angle(rng)
    streets(scene, angle, (car * rng.uniform(7, 12), car * rng.uniform(9, 14)), car * 1.3)
    tank = car * rng.uniform(0.8, 1.8)
    shape = (int(rng.integers(2, 5)), int(rng.integers(2, 4)))
    gap = (rng.uniform(1.15, 1.7), rng.uniform(1.15, 1.7))
    pave(scene, lot_of(scene, "storage-tank", tank, *shape, gap), lines=False)
    pave(
        scene, lot_of(scene, "container", car, int(rng.integers(2, 5)), 5, (1.3, 0.55)), lines=False
    )
    parking_lot(scene)
    houses(scene, angle, int(rng.integers(15, 60)), 3, 7)
    trees(scene, int(rng.integers(0, 20)))


def river(scene: Scene) -> None:
    """A river or a canal with bridges, through fields or a town."""
    rng, car = scene.rng, scene.car
    (urban if rng.random() < 0.4 else fields)(scene)
    for _ in range(1 + (rng.random() < 0.3)):
        stream(scene, any_angle(rng), car * rng.uniform(0.7, 2.2))


def stream(
    scene: Scene, angle: int, wide: float, bend: float = 0.0015, lanes: Vector = (0.6, 1.1)
) -> None:
    """Let water cross the scene, ``wide`` pixels, and roads cross it, ``lanes`` cars wide."""
    rng, size = scene.rng, scene.size
    x, y = scene.anywhere(size * 0.3)
    along, across = scene.frame(x, y, angle)
    bend = rng.uniform(-bend, bend)
    across = across - bend * along * along + fractal_noise(rng, size, 60, 2) * 6
    water(scene, wide / 2 - np.abs(across))
    at = -size * rng.uniform(0.25, 0.5)
    while at < size * 0.5:
        dx, dy = rotated(angle, at, bend * at * at)
        turn = angle + 90 + int(rng.integers(-20, 21))
        if surface_at(scene, x + dx, y + dy) == Surface.WATER:
            road(scene, x + dx, y + dy, turn, scene.car * rng.uniform(*lanes))
            scene.crossings.append((x + dx, y + dy, turn, wide * 1.15 + 4))
        at += size * rng.uniform(0.12, 0.45)


KINDS: dict[str, Callable[[Scene], None]] = {
    "fields": fields,
    "urban": urban,
    "forest": forest,
    "coast": coast,
    "desert": desert,
    "airfield": airfield,
    "industrial": industrial,
    "river": river,
}
