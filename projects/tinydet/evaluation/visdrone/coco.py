"""COCO's AP on VisDrone, which differs from the official AP and has four variants.

Papers differ in how they treat ignored regions and in the limit of detections, mostly without a
statement. Both must be chosen here, and the first line of the printout names the choices.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from tinydet.boxes import concatenate
from tinydet.errors import InputError
from tinydet.evaluation.aitod.summary import mean_of_valid
from tinydet.evaluation.backends import load_backend
from tinydet.evaluation.ground_truth import coco_of
from tinydet.evaluation.protocol import IOU_THRS, ClassResult, Protocol
from tinydet.evaluation.visdrone.folders import Split, read_pair
from tinydet.evaluation.visdrone.result import VisDroneResult, count_objects
from tinydet.evaluation.visdrone.rows import CLASSES, REGION

RULES = {
    "drop": "ignored regions and objects are left out: detections there are false positives",
    "crowd": "ignored regions are crowds of every class, ignored objects crowds of their class",
}
LIMITS = {100: [1, 10, 100], 500: [1, 10, 100, 500]}  # per image and class
AREAS = {"all": [0, 1e10], "s": [0, 32**2], "m": [32**2, 96**2], "l": [96**2, 1e10]}  # px²


def check_choice(ignore_rule: str | None, max_dets: int | None) -> None:
    """Check the two choices.

    Raises:
        InputError: A choice is missing or unknown.
    """
    if ignore_rule not in RULES:
        words = " or ".join(f"{name!r} ({text})" for name, text in RULES.items())
        raise InputError(
            f"COCO's protocol on VisDrone: ignore_rule is {ignore_rule!r}; choose {words}"
        )
    if max_dets not in LIMITS:
        raise InputError(
            f"COCO's protocol on VisDrone: max_dets is {max_dets!r}; choose "
            f"{' or '.join(map(str, LIMITS))}, which papers use"
        )


def evaluate_coco(
    truth: Split | str | Path,
    detections: Split | str | Path,
    ignore_rule: str,
    max_dets: int,
    backend: str = "ultrafast",
) -> VisDroneResult:
    """Evaluate detections by COCO's protocol.

    Args:
        truth: Folder of the annotations, or the boxes of each image.
        detections: Folder of the predictions, or the boxes of each image.
        ignore_rule: ``drop`` or ``crowd``, see :data:`RULES`.
        max_dets: 100 or 500 detections per image and class.
        backend: One of :data:`tinydet.evaluation.backends.BACKENDS`.

    Raises:
        InputError: A choice is missing or unknown, or a file cannot be read.
    """
    check_choice(ignore_rule, max_dets)
    match = load_backend(backend)
    truth, detections = read_pair(truth, detections)
    protocol = Protocol(np.array(IOU_THRS), AREAS, LIMITS[max_dets])
    found = concatenate(list(detections.values()))
    results = match(_ground_truth(truth, ignore_rule), found, protocol)
    sentence = (
        f"COCO protocol on VisDrone, not the official one: maxDets {tuple(LIMITS[max_dets])} per "
        f"image and class, ignore rule {ignore_rule!r} ({RULES[ignore_rule]})"
    )
    return VisDroneResult(
        sentence,
        _numbers(results, protocol),
        {name: _numbers([result], protocol) for name, result in zip(CLASSES, results, strict=True)},
        count_objects(list(truth.values())),
    )


def _ground_truth(truth: Split, ignore_rule: str) -> dict:
    """Return a COCO dictionary in which the rule is applied to ignored regions and objects."""
    boxes = concatenate(list(truth.values()))
    is_region = boxes.class_ids == REGION
    if ignore_rule == "drop":
        boxes = boxes[~is_region & (boxes.scores != 0)]
        crowd = np.zeros(len(boxes), bool)
    else:
        # One copy of each region per class.
        repeated = np.repeat(np.arange(len(boxes)), np.where(is_region, len(CLASSES), 1))
        class_ids = boxes.class_ids[repeated]
        class_ids[is_region[repeated]] = np.tile(np.arange(len(CLASSES)) + 1, is_region.sum())
        crowd = (is_region | (boxes.scores == 0))[repeated]
        boxes = replace(boxes[repeated], class_ids=class_ids)
    return coco_of(boxes, crowd, len(truth), len(CLASSES))


def names_of_coco(max_dets: int) -> list[str]:
    """Return the names of the metrics, in their order."""
    by_area = [f"AP_{name}" for name in AREAS if name != "all"]
    return ["AP", "AP_50", "AP_75", *by_area, *(f"AR_{limit}" for limit in LIMITS[max_dets])]


def _numbers(results: list[ClassResult], protocol: Protocol) -> dict[str, float]:
    """Return COCO's metrics over classes as fractions, every AP at the last limit."""
    precision = np.stack([result.precision for result in results], -1)[:, :, :, -1]  # (T, R, A, K)
    recall = np.stack([result.recall for result in results], -1)[:, 0]  # (T, M, K)
    rows = {"AP": precision[:, :, 0], "AP_50": precision[0, :, 0], "AP_75": precision[5, :, 0]}
    for index, name in enumerate(AREAS):
        if name != "all":
            rows[f"AP_{name}"] = precision[:, :, index]
    for index, limit in enumerate(protocol.max_dets):
        rows[f"AR_{limit}"] = recall[:, index]
    return {name: mean_of_valid(values) for name, values in rows.items()}
