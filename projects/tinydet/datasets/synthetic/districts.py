"""A large scene: districts of the small world, avenues between them, a river with long bridges.

Objects are 4 to 20 px; the bridges, of 100 to 300 px, are what no tile of a few hundred pixels
need hold whole. Car parks, crowds and full avenues lie wherever tiles are cut.
"""

from __future__ import annotations

from dataclasses import replace

from tinydet.datasets.synthetic.layout import Layout, populate
from tinydet.datasets.synthetic.lots import any_angle
from tinydet.datasets.synthetic.picture import SPLITS, Picture, generator, taken
from tinydet.datasets.synthetic.scene import Area, Scene, new_scene
from tinydet.datasets.synthetic.scenes import KINDS, stream
from tinydet.datasets.synthetic.terrain import road
from tinydet.datasets.synthetic.texture import pick

DISTRICT = 512  # px, about: the side of a district
CAR = (7.0, 10.0)  # px
SIDES = (4.0, 20.0)  # px: sqrt(w * h) of the objects, but for bridges
BRIDGE = (100.0, 280.0)  # px: their length
GROUNDS = tuple(kind for kind in KINDS if kind != "river")  # of a district


def make_scene(seed: int, split: str, index: int, size: int) -> Picture:
    """Return scene ``index`` of a split; it depends on nothing but the four arguments."""
    rng = generator(seed, SPLITS.index(split), index, 1)  # 1: no number of a small picture
    scene = new_scene(rng, size, round(rng.uniform(*CAR), 3))
    count = max(1, round(size / DISTRICT))
    edges = [size * number // count for number in range(count + 1)]
    side = -(-size // count)  # rounded up, so that districts leave no gap
    areas = [
        Area(min(x, size - side), min(y, size - side), side) for y in edges[:-1] for x in edges[:-1]
    ]
    districts = [(district(scene, area), area) for area in areas]
    for edge in edges[1:-1]:
        for angle in (0, 90):
            road(scene, edge, edge, angle, scene.car * rng.uniform(1.5, 3))
    longest = rng.uniform(*BRIDGE)
    stream(scene, any_angle(rng), (longest - 4) / 1.15, bend=0.0001, lanes=(2, 4))
    layout = Layout(scene, SIDES, BRIDGE[1])
    everywhere = ("gathering", Area(0, 0, size))
    return taken(scene, populate(layout, [everywhere, *districts]), "scene")


def district(scene: Scene, area: Area) -> str:
    """Lay out the ground of an area as that of a small picture, and return its kind."""
    kind = pick(scene.rng, GROUNDS)
    part = new_scene(scene.rng, area.side, scene.car)
    part.sun = scene.sun
    KINDS[kind](part)
    for name in ("canvas", "surface", "heading"):
        getattr(scene, name)[area.rows, area.columns] = getattr(part, name)
    scene.lots += [replace(lot, x=lot.x + area.left, y=lot.y + area.top) for lot in part.lots]
    return kind
