"""One color a class, told apart by color-blind readers and visible on dark ground.

Okabe and Ito's palette (https://jfly.uni-koeln.de/color/), with two changes: aerial scenes are
dark, so its black is white here and its blue is lighter.
"""

from __future__ import annotations

import colorsys

import numpy as np

PALETTE = (
    (230, 159, 0),  # orange
    (86, 180, 233),  # sky blue
    (240, 228, 66),  # yellow
    (0, 200, 130),  # bluish green
    (255, 255, 255),  # white
    (224, 86, 20),  # vermilion
    (214, 130, 190),  # reddish purple
    (95, 130, 255),  # blue
)


def class_colors(count: int) -> np.ndarray:
    """Return ``(count, 3)`` RGB colors in 0..255.

    The first eight are the palette. Beyond that no palette is safe for color-blind readers:
    hues follow at golden-ratio steps, which keeps neighbors in the class list apart.
    """
    colors = list(PALETTE[:count])
    for index in range(len(colors), count):
        rgb = colorsys.hsv_to_rgb(index * 0.618034 % 1, 0.45 + 0.3 * (index % 2), 1.0)
        colors.append(tuple(round(255 * channel) for channel in rgb))
    return np.array(colors, dtype=np.uint8).reshape(count, 3)
