"""VisDrone2019-DET's evaluation, equal to the official toolkit to the last digit.

Protocol: MATLAB toolkit 1.0.4, github.com/VisDrone/VisDrone2018-DET-toolkit. The
protocol differs from COCO's: boxes in ignored regions are dropped, the limits hold per image and
not per class, AP is the exact area under the curve, and the mean weights each class by the number
of images that contain the class.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tinydet.boxes import Boxes
from tinydet.errors import InputError
from tinydet.evaluation.visdrone.curves import COLUMNS, MAX_DETS, class_numbers
from tinydet.evaluation.visdrone.folders import Split, read_pair
from tinydet.evaluation.visdrone.regions import drop_ignored
from tinydet.evaluation.visdrone.result import NO_OBJECT, VisDroneResult, count_objects
from tinydet.evaluation.visdrone.rows import CLASSES, OTHERS, REGION
from tinydet.evaluation.visdrone.sizes import Sizes, check_sizes

PROTOCOL = (
    f"VisDrone2019-DET protocol (toolkit 1.0.4), maxDets {MAX_DETS} per image, boxes at least "
    "half in ignored regions dropped, classes weighted by their images"
)


def evaluate(
    truth: Split | str | Path, detections: Split | str | Path, sizes: Sizes
) -> dict[str, float]:
    """Return the summary of :func:`evaluate_detailed`, which documents the arguments."""
    return evaluate_detailed(truth, detections, sizes).summary


def evaluate_detailed(
    truth: Split | str | Path, detections: Split | str | Path, sizes: Sizes
) -> VisDroneResult:
    """Evaluate detections by the official protocol.

    Args:
        truth: Folder of the annotations, or the boxes of each image.
        detections: Folder of the predictions, or the boxes of each image. Only the first 500 boxes
            of an image are evaluated, in the order of the file.
        sizes: ``{image name: (height, width)}`` in pixels.

    Raises:
        InputError: A folder or a line cannot be read, predictions belong to other images, the size
            of an image is unknown, or there is no object of the ten classes.
    """
    truth, detections = read_pair(truth, detections)
    check_sizes(truth, sizes)
    images, before, after = [], np.zeros(2, int), np.zeros(2, int)
    for name, boxes in truth.items():
        objects, found = drop_ignored(boxes, detections[name], *sizes[name])
        images.append((objects, found[: MAX_DETS[-1]]))
        before += _count(boxes), len(detections[name])
        after += _count(objects), len(found)

    counts = count_objects([objects for objects, _ in images])
    weights = np.array([row["images"] for row in counts.values()])
    if not weights.any():
        raise InputError(
            "no image of the ground truth has an object of VisDrone's ten classes (categories 1 to "
            f"{len(CLASSES)}), so nothing can be evaluated"
        )
    numbers = class_numbers(images)
    mean = weights @ numbers / weights.sum()
    numbers[weights == 0] = NO_OBJECT
    per_class = [dict(zip(COLUMNS, row, strict=True)) for row in numbers.tolist()]
    dropped = "dropped in ignored regions: {} objects, {} detections".format(*before - after)
    return VisDroneResult(
        PROTOCOL,
        dict(zip(COLUMNS, mean.tolist(), strict=True)),
        dict(zip(CLASSES, per_class, strict=True)),
        counts,
        notes=[dropped],
    )


def _count(truth: Boxes) -> int:
    """Count the objects of the ten classes."""
    return int((~np.isin(truth.class_ids, (REGION, OTHERS))).sum())
