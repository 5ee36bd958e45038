"""COCO's AP on VisDrone: another number than the official one, and not one number but four.

Papers differ in what they make of the ignored regions and in the limit of detections, mostly
without saying so. Here both must be chosen, and stand in the first line of the printout.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tinydet.errors import InputError
from tinydet.evaluation.aitod.summary import mean_of_valid
from tinydet.evaluation.backends import load_backend
from tinydet.evaluation.protocol import IOU_THRS, ClassResult, Protocol
from tinydet.evaluation.visdrone.folders import Split, read_pair
from tinydet.evaluation.visdrone.result import NO_OBJECT, Result, count_objects
from tinydet.evaluation.visdrone.rows import CLASSES, REGION, join

RULES = {
    "drop": "ignored regions and objects are left out: what is found there is a false positive",
    "crowd": "ignored regions are crowd of every class, ignored objects crowd of their own",
}
LIMITS = {100: [1, 10, 100], 500: [1, 10, 100, 500]}  # an image and class
AREAS = {"all": [0, 1e10], "s": [0, 32**2], "m": [32**2, 96**2], "l": [96**2, 1e10]}  # px²


def check_choice(ignore_rule: str | None, max_dets: int | None) -> None:
    """Check that the two choices are made.

    Raises:
        InputError: One of them is not, or is none of those that exist.
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
) -> Result:
    """Evaluate detections by COCO's protocol.

    Args:
        truth: Folder of the annotations, or the rows of each image.
        detections: Folder of the predictions, or rows.
        ignore_rule: ``drop`` or ``crowd``, see :data:`RULES`.
        max_dets: 100 or 500 detections an image and class.
        backend: One of :data:`tinydet.evaluation.backends.BACKENDS`.

    Raises:
        InputError: A choice that is not made, or files that cannot be read.
    """
    check_choice(ignore_rule, max_dets)
    match = load_backend(backend)
    truth, detections = read_pair(truth, detections)
    found = join(detections.values())
    images = [dict(id=number) for number in range(1, len(truth) + 1)]
    protocol = Protocol(np.array(IOU_THRS), AREAS, LIMITS[max_dets])
    categories = [dict(id=number) for number in range(1, len(CLASSES) + 1)]
    annotations = _annotations(truth, ignore_rule)
    coco = dict(images=images, categories=categories, annotations=annotations)
    results = match(coco, found, protocol)
    sentence = (
        f"COCO protocol on VisDrone, not the official one: maxDets {tuple(LIMITS[max_dets])} an "
        f"image and class, ignore rule {ignore_rule!r} ({RULES[ignore_rule]}), in per cent"
    )
    return Result(
        sentence,
        _numbers(results, protocol),
        {name: _numbers([result], protocol) for name, result in zip(CLASSES, results, strict=True)},
        count_objects(list(truth.values())),
    )


def _annotations(truth: Split, ignore_rule: str) -> list[dict]:
    """Return COCO annotations, with what the rule makes of the ignored ones."""
    annotations = []
    for image_id, rows in enumerate(truth.values(), start=1):
        crowd = (rows.categories == REGION) | (rows.scores == 0)
        columns = (rows.boxes.tolist(), rows.categories.tolist(), crowd.tolist())
        for box, category, ignored in zip(*columns, strict=True):
            if ignored and ignore_rule == "drop":
                continue
            # A region is ignored in every class.
            for category_id in range(1, len(CLASSES) + 1) if category == REGION else [category]:
                annotations.append(
                    dict(
                        id=len(annotations) + 1,
                        image_id=image_id,
                        category_id=category_id,
                        bbox=box,
                        area=box[2] * box[3],
                        iscrowd=int(ignored),
                    )
                )
    return annotations


def names_of_coco(max_dets: int) -> list[str]:
    """Return the names of the numbers, in their order."""
    by_area = [f"AP_{name}" for name in AREAS if name != "all"]
    return ["AP", "AP_50", "AP_75", *by_area, *(f"AR_{limit}" for limit in LIMITS[max_dets])]


def _numbers(results: list[ClassResult], protocol: Protocol) -> dict[str, float]:
    """Return COCO's rows over classes, every AP at the last limit."""
    precision = np.stack([result.precision for result in results], -1)[:, :, :, -1]  # (T, R, A, K)
    recall = np.stack([result.recall for result in results], -1)[:, 0]  # (T, M, K)
    rows = {"AP": precision[:, :, 0], "AP_50": precision[0, :, 0], "AP_75": precision[5, :, 0]}
    for index, name in enumerate(AREAS):
        if name != "all":
            rows[f"AP_{name}"] = precision[:, :, index]
    for index, limit in enumerate(protocol.max_dets):
        rows[f"AR_{limit}"] = recall[:, index]
    means = {name: mean_of_valid(values) for name, values in rows.items()}
    return {name: NO_OBJECT if mean == -1 else 100 * mean for name, mean in means.items()}
