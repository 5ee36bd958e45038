"""Parameters of AI-TOD's protocol, and the result of an evaluator for one class."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from tinydet.errors import InputError

AREA_RANGES = {  # px², both ends inclusive: a box of 64 px² is very tiny and tiny
    "all": [0, 1e10],
    "vt": [0, 8**2],
    "t": [8**2, 16**2],
    "s": [16**2, 32**2],
    "m": [32**2, 1e10],
}
IOU_THRS = tuple(np.linspace(0.5, 0.95, 10).tolist())  # the ninth value is not the literal 0.90
MAX_DETS = (1, 100, 1500)


class Protocol(NamedTuple):
    """``T`` IoU thresholds, ``A`` area ranges in px² and ``M`` limits per image and class."""

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
        """Return AI-TOD's protocol with some of its parameters replaced.

        Args:
            max_dets: Limits of detections per image and class.
            iou_thrs: IoU thresholds of AP. The first threshold is also that of oLRP.
            area_ranges: ``{name: (low, high)}`` in px², both ends inclusive. "all" is added.

        Raises:
            InputError: No limit or no threshold is given; a limit is below 1; a threshold is not
                in (0, 1); the name or the ends of a range are invalid.
        """
        thresholds = np.asarray(iou_thrs, np.float64)
        if not len(thresholds) or not ((thresholds > 0) & (thresholds < 1)).all():
            raise InputError(f"IoU thresholds are {list(iou_thrs)}; give numbers between 0 and 1")
        if not len(max_dets) or min(max_dets) < 1:
            raise InputError(f"max_dets is {tuple(max_dets)}; give limits from 1 upwards")
        ranges = AREA_RANGES if area_ranges is None else _own_ranges(area_ranges)
        return cls(thresholds, ranges, sorted(max_dets))

    def write_to(self, params: object) -> None:
        """Set the parameters of an evaluator with pycocotools' interface."""
        params.iouThrs = self.iou_thrs
        params.areaRng = list(self.area_ranges.values())
        params.areaRngLbl = list(self.area_ranges)
        params.maxDets = list(self.max_dets)


def _own_ranges(area_ranges: Mapping[str, Sequence[float]]) -> dict[str, list[float]]:
    """Return a user's ranges after "all", which every protocol has and oLRP uses.

    Raises:
        InputError: See :meth:`Protocol.of`.
    """
    ranges = dict(all=AREA_RANGES["all"])
    for name, limits in area_ranges.items():
        if not re.fullmatch(r"[A-Za-z]\w*", name):
            raise InputError(
                f"area_ranges: {name!r} is not a name of a range; begin with a letter, for "
                "example small, which gives AP_small"
            )
        numbers = isinstance(limits, list | tuple) and all(
            type(limit) in (int, float) for limit in limits
        )
        if not numbers or len(limits) != 2 or not 0 <= limits[0] < limits[1]:
            raise InputError(
                f"area_ranges: {name}={limits!r} is not a range; give two ends in square pixels, "
                "the lower end first, for example (0, 16**2)"
            )
        if name == "all" and list(limits) != ranges["all"]:
            raise InputError(
                f"area_ranges: all={limits!r}, but 'all' is every object; choose another name"
            )
        ranges[name] = [float(limit) for limit in limits]
    return ranges


class ClassResult(NamedTuple):
    """Curves of one class, and the matches that its oLRP is computed from.

    Attributes:
        precision: ``(T, 101, A, M)`` in 0..1; -1 without ground truth.
        recall: ``(T, A, M)`` in 0..1; -1 without ground truth.
        scores: ``(D,)`` scores, descending, of the detections that are not ignored at the first
            threshold, all areas.
        ious: ``(D,)`` IoUs of these detections; NaN for false positives.
    """

    precision: np.ndarray
    recall: np.ndarray
    scores: np.ndarray
    ious: np.ndarray
