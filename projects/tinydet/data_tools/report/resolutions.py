"""What each input size and each tile size makes of the sizes."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from tinydet.data_tools.advice import TILES, overlap
from tinydet.data_tools.data import Data
from tinydet.data_tools.objects import Objects, grouped
from tinydet.data_tools.page import Section, Share, table, text
from tinydet.data_tools.report.sizes import percents, shares
from tinydet.datasets.statistics import RANGES
from tinydet.slicing.geometry import tile_grid

INPUTS = (416, 512, 640, 800, 1024, 1333, 1600, 2048)  # px of the longer side
TILE_INPUT = 1024  # px that a tile is enlarged to
HEAD = ("median, px", *RANGES)


def resolutions(data: Data) -> Section:
    """Return a table of input sizes and, where pictures are larger than tiles, one of tiles."""
    return Section(
        "Input sizes and tiles",
        [_inputs(data.objects), _tiles(data.objects)],
        "The share of each size range after the resize. Enlarging invents no detail; it moves "
        "objects to levels whose cells are smaller than they.",
    )


def _inputs(objects: Objects) -> Markup:
    longest, area = objects.shapes.max(1), objects.shapes.prod(1)
    rows = [
        [side, *_at(objects, side / longest), float((side / longest) ** 2 @ area / area.sum())]
        for side in INPUTS
    ]
    return table(
        ["longer side, px", *HEAD, "pixels, times as many"],
        rows,
        "Whole pictures, resized so that the longer side has a length.",
    )


def _tiles(objects: Objects) -> Markup:
    sides = [side for side in TILES if side < objects.shapes.max()]
    if not sides:
        return text(f"No picture is larger than a tile of {TILES[0]} px.")
    rows = []
    for side in sides:
        number, whole = tiled(objects, side)
        factors = np.full(len(objects.shapes), TILE_INPUT / side)
        rows.append([side, *_at(objects, factors), number, Share(1 - whole)])
    return table(
        ["tile, px", *HEAD, "tiles a picture", "objects whole in none"],
        rows,
        f"Tiles enlarged to {TILE_INPUT} px, with an overlap of {overlap(objects)} px, at most "
        "half a tile.",
    )


def _at(objects: Objects, factors: np.ndarray) -> list[object]:
    """Return the median size and the shares of the size ranges after a resize, ``(P,)``."""
    sizes = objects.sizes * factors[objects.picture]
    return [float(np.median(sizes)), *percents(shares(sizes))]


def tiled(objects: Objects, side: int) -> tuple[float, float]:
    """Return the tiles a picture and the share of objects that lie whole in some tile."""
    number, whole, shared = 0, 0, min(overlap(objects), side // 2)
    shapes, kind = np.unique(objects.shapes, axis=0, return_inverse=True)
    of_shape = zip(
        shapes.astype(int).tolist(),
        np.bincount(kind).tolist(),
        grouped(kind[objects.picture], len(shapes)),
        strict=True,
    )
    for (width, height), pictures, mine in of_shape:
        tiles = tile_grid(height, width, (side, side), shared)
        number += len(tiles) * pictures
        boxes = objects.boxes[mine]
        inside = np.zeros(len(boxes), bool)
        for x1, y1, x2, y2 in tiles:
            inside |= ((boxes >= [x1, y1, x1, y1]) & (boxes <= [x2, y2, x2, y2])).all(1)
        whole += int(inside.sum())
    return number / len(objects.shapes), whole / len(objects.boxes)
