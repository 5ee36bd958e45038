"""AI-TOD's evaluation, to the last digit of the official numbers.

Protocol: github.com/jwwangchn/cocoapi-aitod, commit 44a230a. It is COCO's with other area ranges
(both ends inclusive), up to 1,500 detections per image and class, and oLRP.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tinydet.evaluation.backends import load_backend
from tinydet.evaluation.detections import Detections, as_detections, usable
from tinydet.evaluation.ground_truth import (
    category_name,
    choose_categories,
    count_ranges,
    densest_image,
    read_ground_truth,
    warn_of_rules,
)
from tinydet.evaluation.olrp import olrp
from tinydet.evaluation.protocol import IOU_THRS, MAX_DETS, Protocol
from tinydet.evaluation.summary import summarise, summarise_class


@dataclass
class Result:
    """What an evaluation gives.

    Attributes:
        summary: Flat numbers in the order of the official printout; -1 without ground truth.
        per_class: ``{class name: {AP, AP_vt, …, oLRP, …}}``.
        num_gts: ``{class name: {all, vt, t, s, m}}``, ground truths that are not crowd.
        max_dets: The limits that were used.
        densest: Largest number of ground truths in one image.
    """

    summary: dict[str, float]
    per_class: dict[str, dict[str, float]]
    num_gts: dict[str, dict[str, int]]
    max_dets: tuple[int, ...]
    densest: int


def evaluate(
    ground_truth: dict | str | Path,
    detections: Detections | Sequence[dict] | str | Path,
    max_dets: Sequence[int] = MAX_DETS,
    **options,
) -> dict[str, float]:
    """Return the flat numbers of :func:`evaluate_detailed`, which has the arguments."""
    return evaluate_detailed(ground_truth, detections, max_dets, **options).summary


def evaluate_detailed(
    ground_truth: dict | str | Path,
    detections: Detections | Sequence[dict] | str | Path,
    max_dets: Sequence[int] = MAX_DETS,
    *,
    backend: str = "faster",
    iou_thrs: Sequence[float] = IOU_THRS,
    category_ids: Sequence[int] | None = None,
) -> Result:
    """Evaluate detections by AI-TOD's protocol.

    Args:
        ground_truth: COCO dictionary or its file. ``area`` is read from it, not computed;
            ``iscrowd`` ignores, ``ignore`` does nothing.
        detections: COCO results, their file, or arrays.
        max_dets: Limits of detections per image and class, three in the published numbers.
        backend: ``faster``, ``pycocotools`` or ``aitodpycocotools``: the same numbers.
        iou_thrs: Thresholds of AP; the first one is that of oLRP.
        category_ids: Classes to evaluate; all by default.

    Raises:
        InputError: Input that cannot be evaluated; the sentence names what and where.
    """
    match = load_backend(backend)
    protocol = Protocol.of(max_dets, iou_thrs)
    truth = read_ground_truth(ground_truth)
    categories = choose_categories(truth["categories"], category_ids)
    warn_of_rules(truth["annotations"])
    rows = usable(
        as_detections(detections),
        (image["id"] for image in truth["images"]),
        (category["id"] for category in categories),
    )
    by_class = defaultdict(list)
    for ann in truth["annotations"]:
        by_class[ann["category_id"]].append(ann)

    results, per_class, num_gts = [], {}, {}
    for category in categories:
        annotations = by_class[category["id"]]
        part = dict(images=truth["images"], categories=[category], annotations=annotations)
        result = match(part, rows[rows.category_ids == category["id"]], protocol)
        name, counts = category_name(category), count_ranges(annotations)
        error = olrp(result.scores, result.ious, counts["all"], tau=float(protocol.iou_thrs[0]))
        results.append((result, error))
        per_class[name] = summarise_class(result, error, protocol.iou_thrs)
        num_gts[name] = counts
    summary = summarise(results, protocol)
    densest = densest_image(truth["annotations"])
    return Result(summary, per_class, num_gts, tuple(protocol.max_dets), densest)
