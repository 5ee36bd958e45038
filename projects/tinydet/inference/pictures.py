"""Files to look at: the picture with its detections, or an overview and crops of a large one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from tinydet.inference.found import Found
from tinydet.visualization.overview import LONGEST, densest_windows, overview
from tinydet.visualization.panels import picture, within

LARGE = 4096  # px, longer side from which a whole picture cannot be read on a screen
CROPS = 6
SIDE = 320  # px of the picture that a crop shows
ZOOM = 3


def save_pictures(
    found: Found,
    folder: Path,
    zoom: int | None = None,
    inset: bool = False,
    score_thr: float | None = None,
) -> None:
    """Write ``NAME.png``; of a large picture, an overview and ``NAME_1.png``, its densest places.

    Args:
        found: What is drawn.
        folder: Names are kept with their suffix: a.jpg and a.png differ.
        zoom: Of a picture drawn as a whole, see :func:`tinydet.visualization.panels.picture`.
        inset: Of the same.
        score_thr: Stands in the legend.
    """
    target = folder / f"{found.name}.png"
    target.parent.mkdir(parents=True, exist_ok=True)
    note = "" if score_thr is None else f"score from {score_thr:g}"
    if max(found.width, found.height) <= LARGE:
        Image.fromarray(found.draw(zoom, inset, note)).save(target)
        return
    shape = found.height, found.width
    windows = densest_windows(found.boxes, SIDE, shape, CROPS)
    opened = found.open()
    try:
        seen = overview(opened.reduced(LONGEST), found.boxes, shape, windows)
        Image.fromarray(seen).save(target)
        for number, window in enumerate(windows, 1):
            x1, y1, x2, y2 = window.tolist()
            own = within(found.detections, window).moved(x1, y1)
            drawn = picture(opened.pixels(x1, y1, x2, y2), own, found.classes, ZOOM, note=note)
            Image.fromarray(np.ascontiguousarray(drawn)).save(
                target.with_name(f"{Path(found.name).name}_{number}.png")
            )
    finally:
        opened.close()
