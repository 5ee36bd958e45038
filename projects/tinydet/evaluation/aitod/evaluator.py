"""AI-TOD's evaluation, to the last digit of the official numbers.

Protocol: github.com/jwwangchn/cocoapi-aitod, commit 44a230a. It is COCO's with other area ranges
(both ends inclusive), up to 1,500 detections per image and class, and oLRP.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tinydet.evaluation.aitod.olrp import olrp
from tinydet.evaluation.aitod.summary import summarise, summarise_class
from tinydet.evaluation.backends import Backend, load_backend
from tinydet.evaluation.detections import Detections, as_detections, usable
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
class Result:
    """What an evaluation gives.

    Attributes:
        summary: Flat numbers in the order of the official printout; -1 without ground truth.
        per_class: ``{class name: {AP, AP_vt, …, oLRP, …}}``.
        num_gts: ``{class name: {all, vt, t, s, m}}``, ground truths that are not crowd.
        protocol: The limits, thresholds and area ranges that were used.
        densest: Largest number of ground truths in one image.
    """

    summary: dict[str, float]
    per_class: dict[str, dict[str, float]]
    num_gts: dict[str, dict[str, int]]
    protocol: Protocol
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
    backend: str = "ultrafast",
    iou_thrs: Sequence[float] = IOU_THRS,
    area_ranges: Mapping[str, Sequence[float]] | None = None,
    category_ids: Sequence[int] | None = None,
) -> Result:
    """Evaluate detections by AI-TOD's protocol.

    Args:
        ground_truth: COCO dictionary or its file. ``area`` is read from it, not computed;
            ``iscrowd`` ignores, ``ignore`` does nothing.
        detections: COCO results, their file, or arrays.
        max_dets: Limits of detections per image and class, three in the published numbers.
        backend: ``ultrafast``, ``pycocotools`` or ``aitodpycocotools``: the same numbers.
        iou_thrs: Thresholds of AP; the first one is that of oLRP.
        area_ranges: ``{name: (low, high)}`` in px² in place of AI-TOD's four.
        category_ids: Classes to evaluate; all by default.

    Raises:
        InputError: Input that cannot be evaluated; the sentence names what and where.
    """
    match = load_backend(backend)
    protocol = Protocol.of(max_dets, iou_thrs, area_ranges)
    truth = read_ground_truth(ground_truth)
    categories = choose_categories(truth["categories"], category_ids)
    return evaluate_read(
        dict(truth, categories=categories), as_detections(detections), protocol, match
    )


def evaluate_read(
    truth: dict, detections: Detections, protocol: Protocol, match: Backend
) -> Result:
    """Evaluate detections against a ground truth that was read and checked before.

    Args:
        truth: From :func:`read_ground_truth`, with the categories to evaluate in the order of
            their ids.
        detections: Arrays.
        protocol: What to measure.
        match: From :func:`load_backend`.

    Raises:
        InputError: Detections on images that the ground truth does not have.
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
    per_class = [summarise_class(*pair, protocol) for pair in pairs]
    return Result(
        summarise(pairs, protocol),
        dict(zip(names, per_class, strict=True)),
        dict(zip(names, counts, strict=True)),
        protocol,
        densest_image(annotations),
    )
