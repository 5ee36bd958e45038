"""What is in the scene and is no object: buildings and trees, and things that look like objects.

A distractor shares the size, the colors and some of the form of a class: a bush is round like a
storage tank, a container is as long as a truck, a mast casts a shadow like a person's.
"""

from __future__ import annotations

import numpy as np

from tinydet.datasets.synthetic.raster import Frame, Part, direction
from tinydet.datasets.synthetic.shapes import Shape
from tinydet.datasets.synthetic.texture import Rng, contrast_to, hsv, paint, pick, rgb, vary


def blob(rng: Rng, frame: Frame, lobes: int, half: float, stretch: float = 1.0) -> np.ndarray:
    """Return the samples of an irregular round: a disc and smaller discs along its rim."""
    samples = frame.ellipse(0, 0, half * 0.8, half * 0.8 * stretch)
    for lobe in range(lobes):
        cos, sin = direction(int(rng.integers(60)) + 360 * lobe // lobes)
        r = half * rng.uniform(0.35, 0.5)
        samples |= frame.ellipse((half - r) * cos, (half - r) * sin * stretch, r, r * stretch)
    return samples


def tree(rng: Rng, frame: Frame, ground: np.ndarray) -> list[Part]:
    """A crown, lit from one side."""
    green = hsv(rng.uniform(0.17, 0.36), rng.uniform(0.15, 0.55), rng.uniform(0.2, 0.5))
    crown = blob(rng, frame, 7, 0.5)
    light = crown & frame.ellipse(-0.12, 0.1, 0.3, 0.3)
    return [
        (crown, green * 0.8),
        (light, green * 1.12),
        (crown & frame.ellipse(0.2, -0.2, 0.1, 0.1), green * 0.65),
        (crown & frame.ellipse(0.15, 0.22, 0.08, 0.08), green * 1.1),
    ]


def building(rng: Rng, frame: Frame, ground: np.ndarray) -> list[Part]:
    """A roof: gabled (one half lit), hipped, or flat with a parapet; the sides vary."""
    roofs = [rgb(150, 90, 70), rgb(110, 105, 105), rgb(165, 160, 150), rgb(120, 80, 65)]
    roof = vary(rng, pick(rng, roofs), 35, 12) if rng.random() < 0.75 else paint(rng, ground)
    half, u, v = rng.uniform(0.22, 0.45), frame.u, frame.v
    outline, kind = frame.box(0, 0, 0.5, half), rng.random()
    if rng.random() < 0.3:
        outline |= frame.box(rng.uniform(-0.3, 0.3), half, 0.17, 0.16)
    if kind < 0.4:
        return [(outline, roof), (outline & (v > 0), roof * 0.78)]
    if kind < 0.65:
        slope = outline & (np.abs(u) - 0.5 > np.abs(v) - half)
        return [(outline, roof), (outline & (v > 0), roof * 0.75), (slope, roof * 0.9)]
    return [(outline, contrast_to(rng, roof, 20, 45)), (frame.box(0, 0, 0.47, half - 0.03), roof)]


def box(rng: Rng, frame: Frame, ground: np.ndarray) -> list[Part]:
    """A plain box: ventilation on a roof, a shed, a skip; as large as a car, without windows."""
    body = paint(rng, ground)
    half = rng.uniform(0.2, 0.5)
    lid = rng.uniform(0.2, 0.48)
    return [
        (frame.box(0, 0, 0.5, half), body),
        (frame.box(rng.uniform(-0.2, 0.2), 0, lid * 0.5, half), contrast_to(rng, body, 10, 50)),
    ]


def container(rng: Rng, frame: Frame, ground: np.ndarray) -> list[Part]:
    """A ribbed container."""
    body = paint(rng, ground)
    half = rng.uniform(0.16, 0.23)
    ribs = frame.box(0, 0, 0.47, half) & (np.abs((frame.u * 7) % 1 - 0.5) < 0.2)
    return [(frame.box(0, 0, 0.5, half), body), (ribs, contrast_to(rng, body, 15, 40))]


def bush(rng: Rng, frame: Frame, ground: np.ndarray) -> list[Part]:
    """A round, of any color: a bush, a hay bale, a heap of gravel."""
    color = paint(rng, ground)
    crown = blob(rng, frame, int(rng.integers(5, 10)), 0.5)
    side = crown & (frame.u + 0.2 * frame.v < rng.uniform(-0.2, 0.0))
    return [(crown, color), (side, contrast_to(rng, color, 20, 60))]


def marking(rng: Rng, frame: Frame, ground: np.ndarray) -> list[Part]:
    """A painted mark: a crossing's bars, an arrow, or a cross."""
    color, kind = contrast_to(rng, ground, 40, 90), rng.random()
    if kind < 0.4:
        bars = frame.box(0, 0, 0.5, 0.3) & (np.abs((frame.u * 4) % 1 - 0.5) < 0.25)
        return [(bars, color)]
    if kind < 0.7:
        u, a = frame.u, np.abs(frame.v)
        head = (u > 0.15) & (a < (0.5 - u) * 0.6)
        return [(frame.box(-0.15, 0, 0.35, 0.06), color), (head, color)]
    return [(frame.box(0, 0, 0.5, 0.06), color), (frame.box(0, 0, 0.06, 0.5), color)]


def rock(rng: Rng, frame: Frame, ground: np.ndarray) -> list[Part]:
    """A rock or a patch of foam, as long as a boat but without a bow: rough and broad."""
    color = paint(rng, ground)
    stretch = rng.uniform(0.6, 0.95)
    outline = blob(rng, frame, 9, 0.5, stretch)
    facet = frame.u * rng.uniform(-1, 1) + frame.v < rng.uniform(-0.15, 0.1)
    chip = frame.ellipse(rng.uniform(-0.25, 0.25), rng.uniform(-0.2, 0.2), 0.12, 0.07)
    shade = contrast_to(rng, color, 25, 60)
    return [(outline, color), (outline & facet, shade), (outline & chip, color * 0.8)]


def mast(rng: Rng, frame: Frame, ground: np.ndarray) -> list[Part]:
    """A post: a thin line with a head at one end, like a mill without blades or a thin person."""
    color = paint(rng, ground)
    head = frame.ellipse(0.42, 0, 0.08, rng.uniform(0.08, 0.2))
    return [(frame.box(0, 0, 0.5, 0.05), color), (head, contrast_to(rng, color, 20, 60))]


def plot(rng: Rng, frame: Frame, ground: np.ndarray) -> list[Part]:
    """A plain patch, as large as a pool or a pier: a terrace, a tarpaulin, a flower bed."""
    color = paint(rng, ground)
    half = rng.uniform(0.12, 0.4)
    inner = frame.box(rng.uniform(-0.1, 0.1), 0, 0.36, half * 0.6)
    return [(frame.rounded(0, 0, 0.5, half, 0.05), color), (inner, vary(rng, color, 30, 15))]


# Which of them lies on which surface: recipes.DISTRACTORS.
DECOR: dict[str, Shape] = {
    "box": box,
    "container": container,
    "bush": bush,
    "marking": marking,
    "rock": rock,
    "mast": mast,
    "plot": plot,
}
