"""Pictures of a picture that is too large to look at: the whole, reduced, and its densest places.

At a fiftieth of its size an object of 10 px is nothing. So the overview shows how many objects
each place has, and crops in full size show the places with most.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

LONGEST = 1600  # px of the overview
CELL = 8  # px of the overview in which objects are counted
WARM = 0.75  # opacity of the densest cell
INK = (255, 214, 10)  # frames of the crops


def densest_windows(
    boxes: np.ndarray, side: int, picture: tuple[int, int], count: int
) -> np.ndarray:
    """Return the windows with most objects, none overlapping another, the densest first.

    Objects are counted in a grid of half a window, so that the time grows with their number alone.

    Args:
        boxes: ``(N, 4)`` x1, y1, x2, y2, px.
        side: Of a window, px.
        picture: Height and width, px.
        count: Windows at most; there are fewer where fewer have an object.

    Returns:
        ``(K, 4)`` integer x1, y1, x2, y2 inside the picture.
    """
    height, width = picture
    half = max(1, side // 2)
    rows, columns = -(-height // half), -(-width // half)
    centers = (boxes[:, :2] + boxes[:, 2:]) / 2
    place = np.clip(centers // half, 0, [columns - 1, rows - 1]).astype(int)
    grid = np.zeros((rows + 1, columns + 1), int)  # a last row and column that stay empty
    np.add.at(grid, (place[:, 1], place[:, 0]), 1)
    inside = grid[:-1, :-1] + grid[1:, :-1] + grid[:-1, 1:] + grid[1:, 1:]
    windows = []
    for _ in range(count):
        row, column = np.unravel_index(inside.argmax(), inside.shape)
        if not inside[row, column]:
            break
        x, y = min(column * half, max(0, width - side)), min(row * half, max(0, height - side))
        windows.append([x, y, min(x + side, width), min(y + side, height)])
        inside[max(0, row - 2) : row + 3, max(0, column - 2) : column + 3] = 0
    return np.array(windows, int).reshape(-1, 4)


def overview(
    pixels: np.ndarray, boxes: np.ndarray, picture: tuple[int, int], windows: Sequence = ()
) -> np.ndarray:
    """Draw how many objects each place has over the reduced picture, and number some windows.

    Args:
        pixels: ``(h, w, 3)`` RGB, the whole picture, reduced.
        boxes: ``(N, 4)`` in px of the whole picture.
        picture: Its height and width.
        windows: ``(K, 4)`` in its px, to frame and number from 1.

    Returns:
        ``(h, w, 3)``
    """
    scale = np.array(pixels.shape[1::-1]) / picture[::-1]
    shape = [-(-side // CELL) for side in pixels.shape[:2]]
    centers = (boxes[:, :2] + boxes[:, 2:]) / 2 * scale
    place = np.clip(centers // CELL, 0, [shape[1] - 1, shape[0] - 1]).astype(int)
    counts = np.zeros(shape)
    np.add.at(counts, (place[:, 1], place[:, 0]), 1)
    share = np.sqrt(counts / max(1, counts.max())).repeat(CELL, 0).repeat(CELL, 1)
    share = share[: pixels.shape[0], : pixels.shape[1]]
    heat = cv2.applyColorMap(np.rint(255 * share).astype(np.uint8), cv2.COLORMAP_INFERNO)
    opacity = np.where(share > 0, 0.35 + (WARM - 0.35) * share, 0)[..., None]
    drawn = np.rint(pixels * (1 - opacity) + heat[..., ::-1] * opacity).astype(np.uint8)
    for number, window in enumerate(np.asarray(windows), 1):
        x1, y1, x2, y2 = np.rint(window * np.tile(scale, 2)).astype(int).tolist()
        cv2.rectangle(drawn, (x1, y1), (x2, y2), INK, 2)
        cv2.putText(drawn, str(number), (x1 + 4, y1 + 22), cv2.FONT_HERSHEY_SIMPLEX, 0.7, INK, 2)
    return drawn
