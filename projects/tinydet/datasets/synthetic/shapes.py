"""The eight object classes as seen from above, each a list of parts of a unit frame.

A class is told by its form (outline, symmetry, inner edges), never by a color of its own: body
colors come from one wide distribution (:func:`~.texture.paint`), details are lighter or darker
than the body.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tinydet.datasets.synthetic.raster import Frame, Part, direction
from tinydet.datasets.synthetic.texture import Rng, contrast_to, hsv, paint, rgb, vary

Shape = Callable[[Rng, Frame, np.ndarray], list[Part]]  # random source, frame, ground's RGB


def airplane(rng: Rng, frame: Frame, ground: np.ndarray) -> list[Part]:
    """Swept wings, a thin body and a tailplane; the nose points to +u."""
    body = paint(rng, ground)
    span, sweep = rng.uniform(0.42, 0.52), rng.uniform(0.35, 0.65)
    u, a = frame.u, np.abs(frame.v)
    wings = (a < span) & (u < 0.16 - sweep * a) & (u > -0.08 - (sweep - 0.22) * a)
    tail = (a < 0.2) & (u < -0.32 - 0.5 * a) & (u > -0.47 - 0.3 * a)
    engines = (np.abs(a - 0.2) < 0.035) & (np.abs(u - 0.17 + sweep * 0.2) < 0.07)
    trim = contrast_to(rng, body, 25, 60)
    return [
        (engines, trim),
        (wings, vary(rng, body * 0.9, 8, 3)),
        (tail, body),
        (frame.ellipse(0, 0, 0.5, 0.075), vary(rng, body, 8, 3)),
        (frame.box(-0.4, 0, 0.09, 0.02), trim),
        (frame.box(0.43, 0, 0.02, 0.05), trim),
    ]


def bridge(rng: Rng, frame: Frame, ground: np.ndarray) -> list[Part]:
    """A long deck with parapets, on piers that look out at both sides."""
    deck = vary(rng, rgb(135, 133, 128), 65, 8) if rng.random() < 0.7 else paint(rng, ground)
    half = rng.uniform(0.09, 0.18)
    parapet = contrast_to(rng, deck, 50, 95)
    piers = frame.box(0, 0, 0.4, half * 1.25) & (np.abs((frame.u * 3.5) % 1 - 0.5) < 0.1)
    parts = [(piers, deck * 0.7), (frame.box(0, 0, 0.5, half), parapet)]
    parts.append((frame.box(0, 0, 0.5, half * 0.66), deck))
    if rng.random() < 0.5:
        return [*parts, (frame.box(0, 0, 0.5, half * 0.1), parapet)]
    truss = frame.box(0, 0, 0.5, half) & (np.abs((frame.u * 6) % 1 - 0.5) < 0.1)
    return [*parts, (truss, parapet)]


def storage_tank(rng: Rng, frame: Frame, ground: np.ndarray) -> list[Part]:
    """A cylinder: a floating roof with the wall's shadow inside, or a dome with a vent."""
    roof = paint(rng, ground)
    wall = contrast_to(rng, roof, 30, 70)
    inner = frame.ellipse(0.03, 0, 0.47, 0.47)
    parts = [(frame.ellipse(-0.03, 0, 0.47, 0.47), wall), (inner, np.clip(roof + 18, 0, 255))]
    if rng.random() < 0.6:
        floor = frame.ellipse(0.03, 0, 0.39, 0.39)
        lit = frame.ellipse(rng.uniform(0.12, 0.2), 0.04, 0.36, 0.36)
        return [*parts, (floor, roof * 0.5), (floor & lit, roof)]
    parts.append((inner & (frame.u + 0.3 * frame.v < -0.1), roof * 0.82))
    parts.append((frame.ellipse(0.03, 0, 0.09, 0.09), wall))
    return [*parts, (inner & frame.box(0.28, 0, 0.2, 0.025), wall)]


def ship(rng: Rng, frame: Frame, ground: np.ndarray) -> list[Part]:
    """A hull with a pointed bow towards +u, a deckhouse aft, hatches or an open deck."""
    hull = paint(rng, ground)
    half = rng.uniform(0.11, 0.17)
    u, a = frame.u, np.abs(frame.v)
    taper = np.maximum(u - 0.08, 0) / 0.42

    def outline(width: float) -> np.ndarray:
        return (np.abs(u) < 0.5) & (a < width * (1 - taper * taper) - 0.05 * (u < -0.44))

    deck = vary(rng, contrast_to(rng, hull, 25, 70), 8, 12)
    house = contrast_to(rng, deck, 45, 95)
    parts = [(outline(half), hull), (outline(half * 0.68) & (u < 0.4), deck)]
    parts.append((frame.box(rng.uniform(-0.34, -0.2), 0, 0.075, half * 0.75), house))
    if rng.random() < 0.5:
        hatches = frame.box(0.07, 0, 0.22, half * 0.5) & (np.abs((u * 8) % 1 - 0.5) < 0.32)
        return [*parts, (hatches, hull)]
    return [*parts, (frame.ellipse(0.1, 0, 0.12, half * 0.35), house * 0.8)]


def swimming_pool(rng: Rng, frame: Frame, ground: np.ndarray) -> list[Part]:
    """A basin with a coping around it: rounded, kidney-shaped or L-shaped, steps at one end."""
    water = hsv(rng.uniform(0.4, 0.64), rng.uniform(0.1, 0.55), rng.uniform(0.2, 0.85))
    if rng.random() < 0.55:  # green, covered with a tarpaulin, or empty
        water = paint(rng, ground)
    half, shape = rng.uniform(0.24, 0.36), rng.random()

    def outline(inset: float) -> np.ndarray:
        if shape < 0.5:
            return frame.rounded(0, 0, 0.5 - inset, half - inset, 0.1)
        if shape < 0.8:
            lobe = frame.ellipse(-0.2, 0.02, 0.3 - inset, half - inset)
            return lobe | frame.ellipse(0.2, -0.05, 0.3 - inset, half * 0.85 - inset)
        leg = frame.rounded(-0.3, 0.1, 0.2 - inset, 0.34 - inset, 0.05)
        return leg | frame.rounded(0, -0.08, 0.5 - inset, 0.17 - inset, 0.05)

    coping = vary(rng, rgb(180, 175, 168), 60, 8)
    if abs(float(coping[0] - water[0]) + float(coping[1] - water[1])) < 80:
        coping = contrast_to(rng, water, 50, 90)
    inside = outline(0.075)
    parts = [(outline(0), coping), (inside, water), (inside & (frame.u < -0.1), water * 0.85)]
    return [*parts, (inside & (np.abs(frame.u - 0.37) < 0.03), np.clip(water + 40, 0, 255))]


def vehicle(rng: Rng, frame: Frame, ground: np.ndarray) -> list[Part]:
    """A car with windscreen and rear window, or (a fifth) a truck with cab, gap and load."""
    body = paint(rng, ground)
    if rng.random() < 0.2:
        half = rng.uniform(0.15, 0.19)
        load = paint(rng, ground)
        return [
            (frame.box(0, 0, 0.5, half * 0.8), body * 0.4),
            (frame.box(-0.12, 0, 0.38, half), load),
            (frame.box(-0.12, 0, 0.36, half * 0.12), load * 0.85),
            (frame.rounded(0.4, 0, 0.1, half * 0.95, 0.03), body),
            (frame.box(0.46, 0, 0.025, half * 0.8), contrast_to(rng, body, 60, 90)),
        ]
    half = rng.uniform(0.2, 0.245)
    glass = contrast_to(rng, body, 55, 110)
    windows = frame.box(-0.1, 0, 0.14, half * 0.97) & ~frame.box(0, 0, 1, half * 0.85)
    return [
        (frame.rounded(0, 0, 0.5, half, 0.09), body),
        (frame.box(0.15, 0, 0.075, half * 0.82), glass),
        (frame.box(-0.34, 0, 0.05, half * 0.75), glass),
        (frame.box(-0.1, 0, 0.16, half * 0.72), np.clip(body + 15, 0, 255)),
        (windows, glass),
    ]


def person(rng: Rng, frame: Frame, ground: np.ndarray) -> list[Part]:
    """A standing figure seen obliquely: head at +u, shoulders and arms, two legs at -u."""
    coat, trousers = paint(rng, ground), paint(rng, ground)
    head = vary(rng, rgb(120, 95, 80), 60, 12)
    stride = rng.uniform(0.05, 0.1)
    legs = frame.box(-0.28, stride, 0.22, 0.05) | frame.box(-0.28, -stride, 0.2, 0.05)
    arms = frame.ellipse(0.08, 0, 0.17, rng.uniform(0.2, 0.26))
    return [
        (legs, trousers),
        (arms, vary(rng, coat * 0.85, 5, 5)),
        (frame.ellipse(0.1, 0, 0.22, 0.15), coat),
        (frame.ellipse(0.38, 0, 0.12, 0.11), head),
    ]


def wind_mill(rng: Rng, frame: Frame, ground: np.ndarray) -> list[Part]:
    """Three tapered blades on a hub at +u, a tower down to -u."""
    paintwork = vary(rng, rgb(215, 215, 212), 35, 5) if rng.random() < 0.6 else paint(rng, ground)
    u, v = frame.u - 0.12, frame.v
    phase = int(rng.integers(120))
    parts = [(frame.box(-0.19, 0, 0.31, 0.028), paintwork * 0.85)]
    for blade in range(3):
        cos, sin = direction(phase + 120 * blade)
        along, across = u * cos + v * sin, v * cos - u * sin
        samples = (along > 0) & (along < 0.38) & (np.abs(across) < 0.045 - 0.065 * along)
        parts.append((samples, paintwork))
    return [*parts, (frame.ellipse(0.12, 0, 0.055, 0.055), paintwork * 0.75)]


# The order is METAINFO's, so that the category id is the position plus one.
SHAPES: dict[str, Shape] = {
    "airplane": airplane,
    "bridge": bridge,
    "storage-tank": storage_tank,
    "ship": ship,
    "swimming-pool": swimming_pool,
    "vehicle": vehicle,
    "person": person,
    "wind-mill": wind_mill,
}
LABELS = {name: label for label, name in enumerate(SHAPES)}
