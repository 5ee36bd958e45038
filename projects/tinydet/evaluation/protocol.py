"""What AI-TOD's protocol measures, and what an evaluator returns for one class."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
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
    """``T`` IoU thresholds, ``A`` named area ranges in px² and ``M`` limits an image and class."""

    iou_thrs: np.ndarray
    area_ranges: dict[str, list[float]]
    max_dets: list[int]

    @classmethod
    def of(
        cls,
        max_dets: Sequence[int] = MAX_DETS,
        iou_thrs: Sequence[float] = IOU_THRS,
        area_ranges: Mapping[str, Sequence[float]] | None = None,
    ) -> Protocol:
        """Return AI-TOD's protocol, or the one with these limits, thresholds or ranges.

        Args:
            max_dets: Limits of detections an image and class.
            iou_thrs: Thresholds of AP; the first one is that of oLRP.
            area_ranges: ``{name: (low, high)}`` beside "all", px², both ends counted in.

        Raises:
            InputError: No limit or threshold at all; a limit below 1; a threshold outside (0, 1);
                a range that is none, or whose name another number has.
        """
        thresholds = np.asarray(iou_thrs, np.float64)
        if not len(thresholds) or not ((thresholds > 0) & (thresholds < 1)).all():
            raise InputError(f"IoU thresholds are {list(iou_thrs)}; give numbers between 0 and 1")
        if not len(max_dets) or min(max_dets) < 1:
            raise InputError(f"max_dets is {tuple(max_dets)}; give limits from 1 upwards")
        ranges = AREA_RANGES if area_ranges is None else _own_ranges(area_ranges)
        return cls(thresholds, ranges, sorted(max_dets))

    def write_to(self, params: object) -> None:
        """Set the parameters of an evaluator that has pycocotools' interface."""
        params.iouThrs = self.iou_thrs
        params.areaRng = list(self.area_ranges.values())
        params.areaRngLbl = list(self.area_ranges)
        params.maxDets = list(self.max_dets)


def _own_ranges(area_ranges: Mapping[str, Sequence[float]]) -> dict[str, list[float]]:
    """Return ranges of the user's behind "all", which every protocol has and oLRP is of.

    Raises:
        InputError: See :meth:`Protocol.of`.
    """
    ranges = dict(all=AREA_RANGES["all"])
    for name, limits in area_ranges.items():
        if not re.fullmatch(r"[A-Za-z]\w*", name):
            raise InputError(
                f"area_ranges: {name!r} is no name of a range; write letters first, for example "
                "small, which gives AP_small"
            )
        numbers = isinstance(limits, list | tuple) and all(
            type(limit) in (int, float) for limit in limits
        )
        if not numbers or len(limits) != 2 or not 0 <= limits[0] < limits[1]:
            raise InputError(
                f"area_ranges: {name}={limits!r} is no range; give its two ends in square pixels, "
                "the lower one first, for example (0, 16**2)"
            )
        if name == "all" and list(limits) != ranges["all"]:
            raise InputError(
                f"area_ranges: all={limits!r}, but 'all' is every object; choose another name"
            )
        ranges[name] = [float(limit) for limit in limits]
    return ranges


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
