"""Find pictures of two splits that overlap: shared landmarks first, then the pixels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from tinydet.data_tools.leaks.alignment import agreement, transform_of
from tinydet.data_tools.leaks.landmarks import Landmarks
from tinydet.data_tools.leaks.pairs import pairs_of
from tinydet.data_tools.source import progress
from tinydet.datasets.loading import LoadImageFromFile, as_seen

SAME = 0.7  # correlation from which two pictures show the same …
ALIKE = 0.5  # … and from which they show the same place at another time


class Leak(NamedTuple):
    """Two pictures of different splits that show the same, or the same place.

    Attributes:
        first: Position of the picture of the earlier split.
        second: Position of the other.
        overlap: What both show, as a share of the smaller picture.
        correlation: Of the pixels there, at least 0.5; see
            :func:`~tinydet.data_tools.leaks.alignment.agreement`.
    """

    first: int
    second: int
    overlap: float
    correlation: float


def find_leaks(
    paths: Sequence[Path], splits: Sequence[int], landmarks: Sequence[Landmarks]
) -> Iterator[Leak]:
    """Yield the pairs of pictures of different splits that overlap, with a progress bar.

    Args:
        paths: The pictures.
        splits: The number of each picture's split.
        landmarks: Of each picture.
    """
    read = lru_cache(64)(_gray)
    pairs = list(pairs_of(landmarks, splits))
    for pair in progress(pairs, "comparing pictures", unit=" pairs"):
        transform = transform_of(pair.places)
        if transform is None:
            continue
        pixels = (read(paths[place]) for place in (pair.first, pair.second))
        correlation, overlap = agreement(*pixels, transform)
        if correlation >= ALIKE:
            yield Leak(pair.first, pair.second, overlap, correlation)


def _gray(path: Path) -> np.ndarray:
    pixels = as_seen(path, [LoadImageFromFile(stretch="auto")])
    return cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
