"""What stands on the ground for good: houses, trees, streets."""

from __future__ import annotations

from tinydet.datasets.synthetic.compose import overlay, window
from tinydet.datasets.synthetic.decor import building, tree
from tinydet.datasets.synthetic.raster import Frame, Pose, Vector, direction, rasterize
from tinydet.datasets.synthetic.scene import Scene, Surface
from tinydet.datasets.synthetic.shapes import Shape
from tinydet.datasets.synthetic.terrain import road

SHADOW = 0.5  # how much of the light a shadow takes


def stand(scene: Scene, shape: Shape, pose: Pose, height: float, surface: Surface) -> None:
    """Build ``shape`` into the ground for good, ``height`` pixels tall."""
    shadow = (scene.sun[0] * height, scene.sun[1] * height)
    frame = Frame(pose, 0.75, max(abs(shadow[0]), abs(shadow[1])))
    ground = scene.canvas[int(pose.y) % scene.size, int(pose.x) % scene.size]
    sprite = rasterize(frame, shape(scene.rng, frame, ground), shadow)
    where, own = window(sprite, scene.size)
    overlay(scene.canvas, sprite, SHADOW)
    scene.surface[where][sprite.alpha[own] > 0.5] = surface


def surface_at(scene: Scene, x: float, y: float) -> int:
    """Return the surface under a point, ``Surface.WATER`` outside the picture."""
    if not (0 <= x < scene.size and 0 <= y < scene.size):
        return Surface.WATER
    return int(scene.surface[int(y), int(x)])


def houses(scene: Scene, angle: int, count: int, smallest: float = 2, largest: float = 5) -> None:
    """Build houses of ``smallest`` to ``largest`` cars' lengths, square to ``angle``."""
    rng = scene.rng
    for _ in range(count):
        x, y = scene.anywhere()
        length = scene.car * rng.uniform(smallest, largest)
        corners = [(0, 0), (0.45, 0), (-0.45, 0), (0, 0.4), (0, -0.4)]
        if all(
            surface_at(scene, x + a * length, y + b * length) == Surface.GROUND for a, b in corners
        ):
            pose = Pose(x, y, length, angle + 90 * int(rng.integers(4)))
            stand(scene, building, pose, scene.car * rng.uniform(0.3, 1.3), Surface.ROOF)


def trees(scene: Scene, count: int, spread: float | None = None) -> None:
    """Plant trees on open ground, everywhere or in a clump of radius ``spread`` pixels."""
    rng = scene.rng
    x, y = scene.anywhere()
    for _ in range(count):
        if spread is None:
            x, y = scene.anywhere()
            at = (x, y)
        else:
            at = (x + rng.uniform(-spread, spread), y + rng.uniform(-spread, spread))
        if surface_at(scene, *at) == Surface.GROUND:
            size = scene.car * rng.uniform(0.4, 1.1)
            stand(scene, tree, Pose(*at, size, int(rng.integers(360))), 0.4 * size, Surface.TREES)


def streets(scene: Scene, angle: int, pitch: Vector, width: float) -> None:
    """Lay a grid of streets, ``pitch`` pixels apart."""
    rng = scene.rng
    for turn in (0, 1):
        across = scene.frame(0, 0, angle + 90 * turn)[1]
        low, high = float(across.min()), float(across.max())
        offset = rng.uniform(0, pitch[turn])
        for line in range(int((high - low) / pitch[turn]) + 1):
            if rng.random() < 0.88:
                at = low + offset + line * pitch[turn]
                x, y = rotated(angle + 90 * turn, 0, at)
                road(scene, x, y, angle + 90 * turn, width * rng.uniform(0.75, 1.2))


def rotated(angle: int, along: float, across: float) -> Vector:
    """Return the offset in x and y of a point ``along, across`` a heading."""
    cos, sin = direction(angle)
    return along * cos - across * sin, along * sin + across * cos
