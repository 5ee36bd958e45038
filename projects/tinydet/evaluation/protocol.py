"""What AI-TOD's protocol measures, and what an evaluator returns for one class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tinydet.errors import InputError

AREA_RANGES = {  # px²; a box of exactly 64 px² counts as verytiny and as tiny
    "all": [0, 1e10],
    "vt": [0, 8**2],
    "t": [8**2, 16**2],
    "s": [16**2, 32**2],
    "m": [32**2, 1e10],
}
IOU_THRS = tuple(np.linspace(0.5, 0.95, 10).tolist())  # its ninth value is not the literal 0.90
MAX_DETS = (1, 100, 1500)


class Protocol(NamedTuple):
    """``T`` IoU thresholds, ``A`` area ranges in px² and ``M`` limits an image and class."""

    iou_thrs: np.ndarray
    area_ranges: list[list[float]]
    max_dets: list[int]

    @classmethod
    def of(cls, max_dets: Sequence[int], iou_thrs: Sequence[float]) -> Protocol:
        """Return AI-TOD's protocol with these limits and thresholds.

        Raises:
            InputError: No limit or threshold at all; a limit below 1; a threshold outside (0, 1).
        """
        thresholds = np.asarray(iou_thrs, np.float64)
        if not len(thresholds) or not ((thresholds > 0) & (thresholds < 1)).all():
            raise InputError(f"IoU thresholds are {list(iou_thrs)}; give numbers between 0 and 1")
        if not len(max_dets) or min(max_dets) < 1:
            raise InputError(f"max_dets is {tuple(max_dets)}; give limits from 1 upwards")
        return cls(thresholds, list(AREA_RANGES.values()), sorted(max_dets))

    def first(self) -> Protocol:
        """Return what oLRP looks at: the first threshold, all areas, the last limit."""
        return Protocol(self.iou_thrs[:1], self.area_ranges[:1], self.max_dets[-1:])


class ClassResult(NamedTuple):
    """One class: what its curves and its oLRP are made of.

    ``precision`` is ``(T, 101, A, M)`` and ``recall`` ``(T, A, M)``, -1 where there is no ground
    truth. ``scores`` and ``ious``, both ``(D,)`` in descending score, are the detections that
    count at the first threshold, all areas: the IoU of true positives, NaN for false ones.
    """

    precision: np.ndarray
    recall: np.ndarray
    scores: np.ndarray
    ious: np.ndarray
