"""Everything that the page tells of one file of predictions."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from tinydet.analysis.calibration import Calibration, calibration
from tinydet.analysis.error_kinds import FOUND, IGNORED
from tinydet.analysis.judged import Judged, judge
from tinydet.analysis.lost_ap import curves, lost_ap
from tinydet.boxes import Boxes
from tinydet.datasets.statistics import range_of
from tinydet.errors import InputError
from tinydet.evaluation.aitod import AITODResult, evaluate_read
from tinydet.evaluation.detections import usable
from tinydet.evaluation.protocol import Protocol
from tinydet.evaluation.ultrafast_backend import match

USUAL_SCORE = 0.3  # of a class of which nothing is found, so that no score is best


@dataclass(frozen=True)
class Side:
    """Predictions, judged.

    Attributes:
        name: Of the file.
        truth: Ground truth, categories by id.
        detections: What can be evaluated of the file.
        judged: All detections.
        result: Of AI-TOD's evaluation.
        thresholds: ``(K,)`` score of each class from which detections are counted and drawn.
        protocol: Of the evaluation.
    """

    name: str
    truth: dict
    detections: Boxes
    judged: Judged
    result: AITODResult
    thresholds: np.ndarray
    protocol: Protocol

    @classmethod
    def of(cls, name: str, truth: dict, detections: Boxes, score_thr: float | None = None) -> Side:
        """Evaluate and judge detections.

        Args:
            name: Of the file.
            truth: From :func:`tinydet.evaluation.ground_truth.read_ground_truth`.
            detections: Content of the file.
            score_thr: Threshold of all classes; None takes oLRP's best of each class.

        Raises:
            InputError: There is no object, or detections belong to other images.
        """
        protocol = Protocol.of()
        categories = sorted(truth["categories"], key=lambda category: category["id"])
        truth = dict(truth, categories=categories)
        kept = usable(
            detections,
            (image["id"] for image in truth["images"]),
            (category["id"] for category in categories),
        )
        result = evaluate_read(truth, kept, protocol, match)
        best = np.array([values["lrp_thr"] for values in result.per_class.values()], float)
        thresholds = np.where(best >= 0, best, USUAL_SCORE)
        if score_thr is not None:
            thresholds = np.full_like(thresholds, score_thr)
        judged = judge(truth, kept, protocol)
        if not len(judged.objects):
            raise InputError("the ground truth has no object of its categories to find or to miss")
        return cls(name, truth, kept, judged, result, thresholds, protocol)

    @property
    def classes(self) -> list[str]:
        """Names by id."""
        return list(self.result.per_class)

    @cached_property
    def used(self) -> Judged:
        """What is counted and drawn."""
        return self.judged.above(self.thresholds)

    @cached_property
    def precision(self) -> np.ndarray:
        """``(101, A, K)``, see :func:`tinydet.analysis.lost_ap.curves`."""
        return curves(self.truth, self.detections, self.protocol)

    @cached_property
    def lost(self) -> dict[int, np.ndarray]:
        """``{kind: (A, K)}``, see :func:`tinydet.analysis.lost_ap.lost_ap`."""
        return lost_ap(self.truth, self.judged, self.protocol)

    @cached_property
    def calibration(self) -> Calibration:
        """Of all detections."""
        counted = self.judged.kinds != IGNORED
        right = self.judged.kinds[counted] == FOUND
        return calibration(self.judged.detections.scores[counted], right)


def mean(values: np.ndarray) -> float:
    """Return the mean of what is not NaN; NaN of nothing."""
    valid = values[~np.isnan(values)]
    return float(valid.mean()) if valid.size else float("nan")


def range_of_area(areas: np.ndarray) -> np.ndarray:
    """Return the position of areas, px², in the size ranges, as :func:`range_of`."""
    return range_of(np.sqrt(np.maximum(areas, 0)))


def short_names(paths: Sequence[Path]) -> list[str]:
    """Return names that tell paths apart: those of the files, or what their paths differ in."""
    names = [path.name for path in paths]
    if len(set(names)) == len(names):
        return names
    whole = [str(path) for path in paths]
    shared = os.path.commonpath(whole) if len(set(whole)) > 1 else ""
    return [os.path.relpath(one, shared) if shared else one for one in whole]
