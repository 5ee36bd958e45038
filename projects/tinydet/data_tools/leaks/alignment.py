"""Whether two pictures that share landmarks show the same: both are laid over each other."""

from __future__ import annotations

import cv2
import numpy as np

BLUR, WINDOW = 1.5, 15  # px: what JPEG adds is blurred away; what is correlated at a time
TEXTURE = 1.5  # gray levels of deviation in a window, below which there is nothing to compare
FEW = 32**2  # px with texture, below which chance may agree
AGREEING, NEAR = 4, 3.0  # landmarks that agree on a transform, up to so many px
RESIZED = 3  # times one picture may be as large as the other


def transform_of(places: np.ndarray) -> np.ndarray | None:
    """Return the shift, turn and scale from second to first picture that most landmarks agree on.

    Args:
        places: ``(K, 2, 2)``, see :class:`~tinydet.data_tools.leaks.pairs.Pair`.

    Returns:
        ``(2, 3)``, or None where fewer than four agree, or on a picture of another size.
    """
    cv2.setRNGSeed(0)  # of RANSAC
    found, agreeing = cv2.estimateAffinePartial2D(
        places[:, 1].copy(), places[:, 0].copy(), ransacReprojThreshold=NEAR
    )
    if found is None or agreeing.sum() < AGREEING:
        return None
    scale = np.hypot(*found[:, 0])
    return found if 1 / RESIZED < scale < RESIZED else None


def agreement(first: np.ndarray, second: np.ndarray, transform: np.ndarray) -> tuple[float, float]:
    """Return how well two pictures agree where they overlap.

    Args:
        first: ``(H, W)`` uint8.
        second: ``(h, w)`` uint8.
        transform: ``(2, 3)`` from second to first.

    Returns:
        The median correlation of windows with texture, from -1 to 1 and independent of exposure;
        and the overlap as a share of the smaller picture.
    """
    shape = first.shape[::-1]
    inside = cv2.warpAffine(np.ones_like(second), transform, shape, flags=cv2.INTER_NEAREST)
    moved = cv2.warpAffine(second, transform, shape, borderMode=cv2.BORDER_REPLICATE)
    one, two = (cv2.GaussianBlur(each.astype(np.float32), (0, 0), BLUR) for each in (first, moved))
    kernel = np.ones((WINDOW, WINDOW), np.uint8)
    whole = cv2.erode(inside, kernel, borderType=cv2.BORDER_CONSTANT, borderValue=1) > 0

    def mean(values: np.ndarray) -> np.ndarray:
        return cv2.blur(values, (WINDOW, WINDOW))

    shared = mean(one * two) - mean(one) * mean(two)
    deviations = [
        np.sqrt(np.maximum(mean(each * each) - mean(each) ** 2, 0)) for each in (one, two)
    ]
    textured = whole & (np.maximum(*deviations) > TEXTURE)
    if textured.sum() < FEW:
        return 0.0, 0.0
    product = (deviations[0] * deviations[1])[textured]
    correlation = float(np.median(shared[textured] / np.maximum(product, 1e-6)))
    smaller = min(first.size, second.size * abs(np.linalg.det(transform[:, :2])))
    return correlation, float(inside.sum() / smaller)
