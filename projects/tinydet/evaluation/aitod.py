"""AI-TOD's evaluation, to the last digit of the official numbers.

Protocol: github.com/jwwangchn/cocoapi-aitod, commit 44a230a. It is COCO's with other area ranges
(both ends inclusive), up to 1,500 detections per image and class, and oLRP. Every AP uses the
last limit of ``max_dets``; only the plain AR rows depend on the others, which is why the triple is
printed beside the numbers.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from mmengine.logging import print_log

from tinydet.datasets.annotations import check_structure, read_coco
from tinydet.evaluation.backends import ClassResult, Protocol, backend
from tinydet.evaluation.detections import Detections, as_detections, usable
from tinydet.evaluation.olrp import OLRP, olrp

AREA_RANGES = {  # px²; a box of exactly 64 px² counts as verytiny and as tiny
    "all": [0, 1e10],
    "vt": [0, 8**2],
    "t": [8**2, 16**2],
    "s": [16**2, 32**2],
    "m": [32**2, 1e10],
}
IOU_THRS = np.linspace(0.5, 0.95, 10)
MAX_DETS = (1, 100, 1500)


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
    backend_name: str = "faster",
    iou_thrs: Sequence[float] = IOU_THRS,
    category_ids: Sequence[int] | None = None,
) -> Result:
    """Evaluate detections by AI-TOD's protocol.

    Args:
        ground_truth: COCO dictionary or its file. ``area`` is read from it, not computed;
            ``iscrowd`` ignores, ``ignore`` does nothing.
        detections: COCO results, their file, or arrays.
        max_dets: Three limits per image and class, ascending.
        backend_name: ``faster``, ``pycocotools`` or ``aitodpycocotools``: the same numbers.
        iou_thrs: Thresholds of AP.
        category_ids: Classes to evaluate; all by default.

    Raises:
        InputError: Unreadable input, see :func:`read_coco` and :func:`as_detections`.
    """
    if isinstance(ground_truth, dict):
        check_structure(ground_truth, "the ground truth")
    else:
        ground_truth = read_coco(ground_truth)
    match = backend(backend_name)
    protocol = Protocol(np.asarray(iou_thrs), list(AREA_RANGES.values()), sorted(max_dets))
    categories = sorted(ground_truth["categories"], key=lambda category: category["id"])
    if category_ids is not None:
        categories = [category for category in categories if category["id"] in set(category_ids)]
    chosen = {category["id"] for category in categories}
    image_ids = {image["id"] for image in ground_truth["images"]}
    rows = usable(as_detections(detections), image_ids, chosen)

    by_class: dict[int, list] = {category_id: [] for category_id in chosen}
    for ann in ground_truth["annotations"]:
        if ann["category_id"] in chosen:
            by_class[ann["category_id"]].append(ann)
    if any(ann["id"] == 0 for ann in ground_truth["annotations"]):
        print_log(
            "an annotation has the id 0, which the protocol reads as 'not matched'; number from 1",
            "current",
            logging.WARNING,
        )
    results, per_class, num_gts = [], {}, {}
    for category in categories:
        annotations = by_class[category["id"]]
        truth = {
            "images": ground_truth["images"],
            "categories": [category],
            "annotations": annotations,
        }
        result = match(truth, rows[rows.category_ids == category["id"]], protocol)
        counts = count_ranges(annotations)
        error = olrp(result.scores, result.ious, counts["all"], tau=float(protocol.iou_thrs[0]))
        results.append((result, error))
        per_class[category["name"]] = summarise_class(result, error, protocol.iou_thrs)
        num_gts[category["name"]] = counts
    return Result(
        summarise(results, protocol),
        per_class,
        num_gts,
        tuple(protocol.max_dets),
        _densest(ground_truth),
    )


def _densest(ground_truth: dict) -> int:
    _, counts = np.unique(
        [ann["image_id"] for ann in ground_truth["annotations"]], return_counts=True
    )
    return int(counts.max()) if len(counts) else 0


def count_ranges(annotations: list[dict]) -> dict[str, int]:
    """Count the ground truths of each area range, crowd left out."""
    areas = np.array([ann["area"] for ann in annotations if not ann.get("iscrowd")], np.float64)
    return {
        name: int(((areas >= low) & (areas <= high)).sum())
        for name, (low, high) in AREA_RANGES.items()
    }


def mean_of_valid(values: np.ndarray) -> float:
    """Return the mean of what is above -1, or -1 where nothing is."""
    valid = values[values > -1]
    return float(valid.mean()) if valid.size else -1.0


def summarise_class(result: ClassResult, error: OLRP, iou_thrs: np.ndarray) -> dict[str, float]:
    """Return the rows of one class."""
    rows = {
        "AP" if name == "all" else f"AP_{name}": mean_of_valid(result.precision[:, :, index, -1])
        for index, name in enumerate(AREA_RANGES)
    }
    rows["AP_50"] = mean_of_valid(result.precision[np.isclose(iou_thrs, 0.5)][:, :, 0, -1])
    parts = ("oLRP", "oLRP_loc", "oLRP_fp", "oLRP_fn", "lrp_thr")
    return rows | dict(zip(parts, error, strict=True))


def summarise(results: list[tuple[ClassResult, OLRP]], protocol: Protocol) -> dict[str, float]:
    """Return the rows of the official printout over all classes."""
    # Classes last: (T, 101, A, M, K) and (T, A, M, K).
    precision = np.stack([result.precision for result, _ in results], -1)
    recall = np.stack([result.recall for result, _ in results], -1)
    summary = {"AP": mean_of_valid(precision[:, :, 0, -1])}
    for percent in (25, 50, 75):
        # By closeness: linspace's 0.75 need not be the literal.
        at = np.isclose(protocol.iou_thrs, percent / 100)
        summary[f"AP_{percent}"] = mean_of_valid(precision[at][:, :, 0, -1])
    ranges = list(enumerate(AREA_RANGES))[1:]
    for index, name in ranges:
        summary[f"AP_{name}"] = mean_of_valid(precision[:, :, index, -1])
    for index, limit in enumerate(protocol.max_dets):
        summary[f"AR@{limit}"] = mean_of_valid(recall[:, 0, index])
    for index, name in ranges:
        summary[f"AR_{name}@{protocol.max_dets[-1]}"] = mean_of_valid(recall[:, index, -1])
    parts = ("oLRP", "oLRP_Localisation", "oLRP_false_positive", "oLRP_false_negative")
    for index, name in enumerate(parts):
        values = np.array([error[index] for _, error in results], np.float64)
        summary[name] = mean_of_valid(values[np.isfinite(values)])
    return summary
