"""Corners of a picture, each with a hash of its surroundings: what two overlapping crops share.

A hash of a whole picture or of its quadrants changes when a crop is shifted by a few pixels, and
ImageHash and imagededup have no other that can be looked up; corners move with the content. ORB
(Rublee et al., 2011, https://doi.org/10.1109/ICCV.2011.6126544) compares the brightness of 256
pairs of points around each, which does not change with exposure, and hardly with JPEG.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

FEWEST, MOST = 500, 3000  # corners of a picture of up to 800 x 800 px, and of any
SIDE = 800
MARGIN = 16  # px, half of what a hash looks at; ORB's own margin takes half of a small picture
CONTRAST = 7  # gray levels between a corner and its ring; 20 finds few corners in thermal pictures
NONE = (np.empty((0, 2), np.float32), np.empty((0, 32), np.uint8))


class Landmarks(NamedTuple):
    """Corners of a picture.

    Attributes:
        points: ``(N, 2)`` float32 x and y, px.
        hashes: ``(N, 32)`` uint8, 256 bits each.
    """

    points: np.ndarray
    hashes: np.ndarray


def landmarks_of(gray: np.ndarray) -> Landmarks:
    """Return the strongest corners of a ``(H, W)`` uint8 picture."""
    count = int(np.clip(FEWEST * gray.size / SIDE**2, FEWEST, MOST))
    orb = cv2.ORB_create(count, edgeThreshold=MARGIN, fastThreshold=CONTRAST)
    corners, hashes = orb.detectAndCompute(gray, None)
    if not corners:
        return Landmarks(*NONE)
    return Landmarks(np.array([corner.pt for corner in corners], np.float32), hashes)
