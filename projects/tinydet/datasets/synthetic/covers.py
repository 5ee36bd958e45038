"""What hides objects: trees that lean over them, and clouds."""

from __future__ import annotations

import numpy as np

from tinydet.datasets.synthetic.compose import Layer
from tinydet.datasets.synthetic.decor import tree
from tinydet.datasets.synthetic.raster import Frame, Pose, Sprite, direction, rasterize
from tinydet.datasets.synthetic.scene import Scene
from tinydet.datasets.synthetic.shapes import LABELS
from tinydet.datasets.synthetic.texture import fractal_noise, rgb, smooth_step


def branches(scene: Scene, layers: list[Layer]) -> list[Layer]:
    """Return trees that lean over some of the objects on land."""
    rng, found = scene.rng, []
    for layer in layers:
        if layer.label in (LABELS["ship"], LABELS["bridge"]) or rng.random() > 0.09:
            continue
        x1, y1, x2, y2 = layer.sprite.box
        size = (x2 - x1 + y2 - y1) / 2 * rng.uniform(0.6, 1.1)
        cos, sin = direction(int(rng.integers(360)))
        reach = size * rng.uniform(0.5, 0.9)
        pose = Pose((x1 + x2) / 2 + cos * reach, (y1 + y2) / 2 + sin * reach, size, 0)
        shadow = (scene.sun[0] * size * 0.3, scene.sun[1] * size * 0.3)
        frame = Frame(pose, 0.75, size * 0.4)
        found.append(Layer(rasterize(frame, tree(rng, frame, scene.ground(pose)), shadow)))
    return found


def clouds(scene: Scene) -> list[Layer]:
    """Return, for one scene in eight, a veil of clouds over the whole picture."""
    rng, size = scene.rng, scene.size
    if rng.random() > 0.125:
        return []
    noise = fractal_noise(rng, size, size * 0.35, 5)
    alpha = smooth_step((noise - rng.uniform(0.1, 0.25)) * 3) * rng.uniform(0.5, 0.95)
    color = alpha[..., None] * rgb(228, 230, 234)
    bare = np.zeros_like(alpha)
    return [Layer(Sprite(0, 0, alpha, color, bare, (0, 0, size, size)))]
