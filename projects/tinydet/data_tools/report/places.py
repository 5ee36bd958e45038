"""Aspect ratios, places and crowding."""

from __future__ import annotations

import numpy as np

from tinydet.data_tools import charts
from tinydet.data_tools.crowding import spacing
from tinydet.data_tools.data import Data
from tinydet.data_tools.page import Section, grid, table, text

RATIOS = 2.0 ** np.arange(-3, 3.25, 0.25)  # width over height
GAPS = np.array([0, 0.5, 1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24])  # object sizes


def shapes(data: Data) -> Section:
    """Return aspect ratios and a map of where in their pictures objects lie."""
    objects = data.objects
    ratio = objects.sides[:, 0] / objects.sides[:, 1]
    counts = np.histogram(ratio.clip(RATIOS[0], RATIOS[-1]), RATIOS)[0]
    own = objects.shapes[objects.picture]
    columns = 24
    rows = int(np.clip(columns * objects.shapes[:, 1].mean() / objects.shapes[:, 0].mean(), 8, 32))
    x, y = (objects.centered[:, :2] / own).T
    places = np.histogram2d(y, x, (rows, columns), ((0, 1), (0, 1)))[0]
    return Section(
        "Shapes and places",
        [
            grid(
                charts.histogram("Aspect ratios", counts, RATIOS, "width / height", {"1": 1}),
                charts.heat(
                    "Places of the centers",
                    places,
                    f"All pictures laid over each other; the fullest cell has {places.max():,.0f} "
                    "objects.",
                ),
            )
        ],
    )


def crowding(data: Data) -> Section:
    """Return how far objects are from each other, and the fullest pictures."""
    gaps = spacing(data.objects)
    near = np.mean(gaps < 1)
    counts = np.histogram(gaps[np.isfinite(gaps)].clip(0, GAPS[-1]), GAPS)[0]
    ids = data.objects.per_picture
    order = np.argsort(-ids, kind="stable")[:10]
    names = [[data.used["images"][place]["file_name"], ids[place]] for place in order]
    return Section(
        "Crowding",
        [
            text(
                f"{near:.1%} of the objects have a neighbor whose center is less than one object "
                "size away. NMS by IoU and pooled labels are hard on these."
            ),
            grid(
                charts.histogram("Distance to the nearest center", counts, GAPS, "object sizes"),
                table(["fullest pictures", "objects"], names),
            ),
        ],
    )
