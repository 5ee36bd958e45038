"""Colors of classes that color-blind readers can distinguish on a dark ground.

The palette is Okabe and Ito's (https://jfly.uni-koeln.de/color/) with white in place of black and
a lighter blue, because aerial scenes are dark.
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

    The first eight colors are the palette. No larger palette is safe for color-blind readers;
    further hues are spaced by the golden ratio, so that consecutive classes differ.
    """
    colors = list(PALETTE[:count])
    for index in range(len(colors), count):
        rgb = colorsys.hsv_to_rgb(index * 0.618034 % 1, 0.45 + 0.3 * (index % 2), 1.0)
        colors.append(tuple(round(255 * channel) for channel in rgb))
    return np.array(colors, dtype=np.uint8).reshape(count, 3)
