"""Paved lots with their rows of places: parking lots, aprons, tank farms, piers with berths."""

from __future__ import annotations

import numpy as np

from tinydet.datasets.synthetic.scene import Lot, Scene, Surface
from tinydet.datasets.synthetic.structures import rotated
from tinydet.datasets.synthetic.terrain import mottle
from tinydet.datasets.synthetic.texture import Rng, contrast_to, rgb, vary


def any_angle(rng: Rng) -> int:
    """Return a heading in degrees."""
    return int(rng.integers(360))


def lot_of(
    scene: Scene, label: str, length: float, columns: int, rows: int, gap: tuple[float, float]
) -> Lot:
    """Return a lot at a random place; ``gap`` is the pitch in lengths along and across."""
    x, y = scene.anywhere(scene.size * 0.15)
    pitch = (length * gap[0], length * gap[1])
    return Lot(label, x, y, any_angle(scene.rng), columns, rows, pitch, length)


def parking_lot(scene: Scene, columns: int = 7) -> None:
    """Pave a parking lot of two to four rows."""
    rng = scene.rng
    gap = (rng.uniform(0.6, 0.8), rng.uniform(1.2, 1.8))
    columns = int(rng.integers(4, columns + 1))
    pave(scene, lot_of(scene, "vehicle", scene.car, columns, int(rng.integers(1, 4)), gap))


def pave(scene: Scene, lot: Lot, margin: float = 0.6, lines: bool = True) -> None:
    """Pave the rectangle of a lot, mark its places, and remember it for the layout."""
    rng = scene.rng
    along, across = scene.frame(lot.x, lot.y, lot.angle)
    half_u = lot.columns * lot.pitch[0] / 2 + margin * lot.length
    half_v = lot.rows * lot.pitch[1] / 2 + margin * lot.length
    inside = np.minimum(half_u - np.abs(along), half_v - np.abs(across))
    alpha = np.clip(inside + 0.5, 0, 1) * (scene.surface != Surface.WATER)
    scene.blend(alpha, vary(rng, rgb(125, 124, 122), 45, 7), Surface.PAVED)
    mottle(scene, alpha, 12, 14)
    if lines:
        cell = along / lot.pitch[0] + lot.columns / 2
        near = np.abs(cell - np.round(cell)) * lot.pitch[0]
        mark = np.clip(1 - near, 0, 1) * (np.abs(across) < half_v - margin * lot.length)
        scene.blend(mark * alpha * rng.uniform(0.1, 0.6), rgb(220, 220, 210))
    scene.lots.append(lot)


def pier(scene: Scene, x: float, y: float, angle: int, length: float, width: float) -> None:
    """Build a pier: a narrow deck over water."""
    along, across = scene.frame(x, y, angle)
    inside = np.minimum(length / 2 - np.abs(along), width / 2 - np.abs(across))
    alpha = np.clip(inside + 0.5, 0, 1)
    color = vary(scene.rng, rgb(150, 145, 138), 40, 8)
    scene.blend(np.clip(inside + 2, 0, 1) * 0.4, contrast_to(scene.rng, color, 60, 90))
    scene.blend(alpha, color, Surface.PAVED)


def marina(scene: Scene, across: np.ndarray, angle: int) -> None:
    """Build piers from the shore out, with berths at both sides."""
    rng = scene.rng
    berth = scene.car * rng.uniform(1.4, 2.4)
    reach = berth * rng.uniform(2.5, 5)
    row, column = np.nonzero(np.abs(across) < 1)
    if len(row) == 0:
        return
    first = int(rng.integers(len(row)))
    for index in range(int(rng.integers(1, 4))):
        x, y = column[first] + 0.5, row[first] + 0.5
        shift = rotated(angle, index * berth * 2.9, reach / 2)
        x, y = float(x) + shift[0], float(y) + shift[1]
        pier(scene, x, y, angle + 90, reach, max(2.0, 0.25 * berth))
        for side in (-1, 1):
            offset = rotated(angle, side * berth * 0.68, 0)
            pitch = (berth * rng.uniform(0.4, 0.6), berth)
            columns = max(1, int(reach / pitch[0]) - 1)
            place = (x + offset[0], y + offset[1], angle + 90)
            scene.lots.append(Lot("ship", *place, columns, 1, pitch, berth))
