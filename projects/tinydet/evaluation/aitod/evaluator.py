"""AI-TOD's evaluation, equal to the official evaluator to the last digit.

Protocol: github.com/jwwangchn/cocoapi-aitod, commit 44a230a. The protocol is COCO's with other
area ranges (both ends inclusive), up to 1,500 detections per image and class, and oLRP.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tinydet.boxes import Boxes
from tinydet.evaluation.aitod.olrp import olrp
from tinydet.evaluation.aitod.summary import summarize, summarize_class
from tinydet.evaluation.backends import Backend, load_backend
from tinydet.evaluation.detections import as_detections, usable
from tinydet.evaluation.ground_truth import (
    category_name,
    choose_categories,
    count_ranges,
    densest_image,
    read_ground_truth,
    warn_of_rules,
)
from tinydet.evaluation.protocol import IOU_THRS, MAX_DETS, Protocol


@dataclass
class AITODResult:
    """Result of an evaluation; all numbers are fractions.

    Attributes:
        summary: ``{metric: value}`` in the order of the official printout; -1 without ground
            truth.
        per_class: ``{class name: {AP, AP_vt, …, oLRP, …}}``.
        num_gts: ``{class name: {all, vt, t, s, m}}``, numbers of ground truths without crowds.
        protocol: Limits, thresholds and area ranges of the evaluation.
        densest: Largest number of ground truths in one image.
    """

    summary: dict[str, float]
    per_class: dict[str, dict[str, float]]
    num_gts: dict[str, dict[str, int]]
    protocol: Protocol
    densest: int


def evaluate(
    ground_truth: dict | str | Path,
    detections: Boxes | Sequence[dict] | str | Path,
    max_dets: Sequence[int] = MAX_DETS,
    **options,
) -> dict[str, float]:
    """Return the summary of :func:`evaluate_detailed`, which documents the arguments."""
    return evaluate_detailed(ground_truth, detections, max_dets, **options).summary


def evaluate_detailed(
    ground_truth: dict | str | Path,
    detections: Boxes | Sequence[dict] | str | Path,
    max_dets: Sequence[int] = MAX_DETS,
    *,
    backend: str = "ultrafast",
    iou_thrs: Sequence[float] = IOU_THRS,
    area_ranges: Mapping[str, Sequence[float]] | None = None,
    category_ids: Sequence[int] | None = None,
) -> AITODResult:
    """Evaluate detections by AI-TOD's protocol.

    Args:
        ground_truth: COCO dictionary or its file. Areas are read from the ``area`` fields.
            Detections on annotations with ``iscrowd`` are ignored; ``ignore`` has no effect.
        detections: COCO results, their file, or boxes with scores and image ids.
        max_dets: Limits of detections per image and class; the published numbers have three.
        backend: ``ultrafast``, ``pycocotools`` or ``aitodpycocotools``: the same numbers.
        iou_thrs: IoU thresholds of AP. The first threshold is also that of oLRP.
        area_ranges: ``{name: (low, high)}`` in px² that replace AI-TOD's four ranges.
        category_ids: Categories to evaluate (default: all).

    Raises:
        InputError: The input cannot be evaluated; the message names the file and the cause.
    """
    match = load_backend(backend)
    protocol = Protocol.of(max_dets, iou_thrs, area_ranges)
    truth = read_ground_truth(ground_truth)
    categories = choose_categories(truth["categories"], category_ids)
    return evaluate_read(
        dict(truth, categories=categories), as_detections(detections), protocol, match
    )


def evaluate_read(
    truth: dict, detections: Boxes, protocol: Protocol, match: Backend
) -> AITODResult:
    """Evaluate detections against ground truth that has been read and checked.

    Args:
        truth: From :func:`read_ground_truth`, with the categories to evaluate sorted by id.
        detections: Boxes with scores and image ids.
        protocol: Thresholds, area ranges and limits.
        match: From :func:`load_backend`.

    Raises:
        InputError: Detections refer to images that the ground truth does not list.
    """
    annotations, categories = truth["annotations"], truth["categories"]
    warn_of_rules(annotations)
    rows = usable(
        detections,
        (image["id"] for image in truth["images"]),
        (category["id"] for category in categories),
    )
    results = match(truth, rows, protocol)
    counts = count_ranges(annotations, categories, protocol.area_ranges)
    errors = [
        olrp(result.scores, result.ious, count["all"], tau=float(protocol.iou_thrs[0]))
        for result, count in zip(results, counts, strict=True)
    ]
    names = [category_name(category) for category in categories]
    pairs = list(zip(results, errors, strict=True))
    per_class = [summarize_class(*pair, protocol) for pair in pairs]
    return AITODResult(
        summarize(pairs, protocol),
        dict(zip(names, per_class, strict=True)),
        dict(zip(names, counts, strict=True)),
        protocol,
        densest_image(annotations),
    )
