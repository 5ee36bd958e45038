"""SODA's evaluation: COCO's matching with other sizes, another AP and another ``ignore``.

Protocol: arXiv:2207.14096 and its public toolkit (shaunyuan22/SODA-mmdetection, SODA-mmrotate):

1. AP and AR are those of small objects, up to 32² px; objects above 2,000 px² never count.
2. AP is taken at the first limit of detections, AR of a range of sizes at the last.
3. An object with ``ignore`` is ignored as one outside of the range is: it takes one detection, by
   its IoU. ``iscrowd`` has no effect. The category ``ignore`` is left out.

The toolkit for SODA-A numbers its objects from 0, which its matching reads as "not matched", so
that the first object is never found; ours are the ids of the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tinydet.boxes import Boxes
from tinydet.evaluation.aitod.summary import mean_of_valid
from tinydet.evaluation.backends import Backend
from tinydet.evaluation.detections import usable
from tinydet.evaluation.ground_truth import category_name, count_ranges
from tinydet.evaluation.protocol import IOU_THRS, ClassResult, Protocol

AREA_RANGES = {  # px², both ends inclusive
    "Small": [0, 32**2],
    "eS": [0, 12**2],  # extremely small
    "rS": [12**2, 20**2],  # relatively small
    "gS": [20**2, 32**2],  # generally small
    "Normal": [32**2, 40 * 50],
}
LIMITS = (100, 300, 1000)  # of SODA-D, per image and class; SODA-A has 20,000
BEYOND = 1e10  # px², an area in none of the ranges


@dataclass
class SODAResult:
    """Result of an evaluation; all numbers are fractions, -1 without ground truth.

    Attributes:
        summary: ``{metric: value}`` in the order of the toolkit.
        per_class: ``{class name: {AP, AP_50}}``.
        num_gts: ``{class name: {Small, eS, rS, gS, Normal}}``, numbers of objects.
        max_dets: Limits of the evaluation.
    """

    summary: dict[str, float]
    per_class: dict[str, dict[str, float]]
    num_gts: dict[str, dict[str, int]]
    max_dets: list[int]


def evaluate_read(
    truth: dict, detections: Boxes, match: Backend, max_dets: Sequence[int] = LIMITS
) -> SODAResult:
    """Evaluate detections against ground truth that has been read and checked.

    Args:
        truth: From :func:`read_ground_truth`, with the categories to evaluate sorted by id.
        detections: Boxes with scores and image ids.
        match: From :func:`load_backend`.
        max_dets: Limits of detections per image and class.

    Raises:
        InputError: Detections refer to images that the ground truth does not list.
    """
    protocol = Protocol(np.array(IOU_THRS), AREA_RANGES, sorted(max_dets))
    truth = dict(truth, annotations=[_as_coco(ann) for ann in truth["annotations"]])
    categories = truth["categories"]
    rows = usable(
        detections,
        (image["id"] for image in truth["images"]),
        (category["id"] for category in categories),
    )
    results = match(truth, rows, protocol)
    names = [category_name(category) for category in categories]
    summaries = [_summary([result], protocol) for result in results]
    per_class = [{key: numbers[key] for key in ("AP", "AP_50")} for numbers in summaries]
    counts = count_ranges(truth["annotations"], categories, AREA_RANGES)
    return SODAResult(
        _summary(results, protocol),
        dict(zip(names, per_class, strict=True)),
        dict(zip(names, counts, strict=True)),
        protocol.max_dets,
    )


def _as_coco(ann: dict) -> dict:
    """Return an annotation that COCO's matching treats as SODA's does."""
    area = BEYOND if ann.get("ignore") else ann["area"]
    return dict(ann, area=area, iscrowd=0, ignore=0)


def names_of_summary(max_dets: Sequence[int]) -> list[str]:
    """Return the names of the metrics, in the order of the toolkit."""
    ranges = list(AREA_RANGES)[1:]
    limits = sorted(max_dets)
    ap = ["AP", "AP_50", "AP_75", *(f"AP_{name}" for name in ranges)]
    ar = [*(f"AR@{limit}" for limit in limits), *(f"AR_{name}@{limits[-1]}" for name in ranges)]
    return ap + ar


def _summary(results: list[ClassResult], protocol: Protocol) -> dict[str, float]:
    """Return the metrics over classes."""
    precision = np.stack([result.precision for result in results], -1)[:, :, :, 0]  # (T, R, A, K)
    recall = np.stack([result.recall for result in results], -1)  # (T, A, M, K)
    ranges = range(1, len(AREA_RANGES))
    values = [
        precision[:, :, 0],
        precision[0, :, 0],
        precision[5, :, 0],
        *(precision[:, :, index] for index in ranges),
        *(recall[:, 0, index] for index in range(len(protocol.max_dets))),
        *(recall[:, index, -1] for index in ranges),
    ]
    names = names_of_summary(protocol.max_dets)
    return dict(zip(names, map(mean_of_valid, values), strict=True))
