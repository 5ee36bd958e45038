"""VisDrone2019-DET's evaluation, to the last digit of the official toolkit.

Protocol: MATLAB toolkit 1.0.4, github.com/VisDrone/VisDrone2018-DET-toolkit. It is not COCO's:
boxes in ignored regions are dropped, the limits are an image's and not a class's, AP is the
whole area under the curve, and the mean is weighted by the images that contain a class.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tinydet.errors import InputError
from tinydet.evaluation.visdrone.curves import COLUMNS, MAX_DETS, class_numbers
from tinydet.evaluation.visdrone.folders import Split, read_pair
from tinydet.evaluation.visdrone.regions import drop_ignored
from tinydet.evaluation.visdrone.result import NO_OBJECT, Result, count_objects
from tinydet.evaluation.visdrone.rows import CLASSES, OTHERS, REGION, Rows
from tinydet.evaluation.visdrone.sizes import Sizes, check_sizes

PROTOCOL = (
    f"VisDrone2019-DET protocol (toolkit 1.0.4), maxDets {MAX_DETS} an image, boxes at least half "
    "in ignored regions dropped, classes weighted by their images, in per cent"
)


def evaluate(
    truth: Split | str | Path, detections: Split | str | Path, sizes: Sizes
) -> dict[str, float]:
    """Return the seven numbers of :func:`evaluate_detailed`, which has the arguments."""
    return evaluate_detailed(truth, detections, sizes).summary


def evaluate_detailed(
    truth: Split | str | Path, detections: Split | str | Path, sizes: Sizes
) -> Result:
    """Evaluate detections by the official protocol.

    Args:
        truth: Folder of the annotations, or the rows of each image.
        detections: Folder of the predictions, or rows. Only the first 500 of an image count, in
            the order of the file.
        sizes: ``{image name: (height, width)}`` in pixels.

    Raises:
        InputError: A folder or a line that cannot be read, predictions of other images, an image
            of unknown size, or no object of the ten classes.
    """
    truth, detections = read_pair(truth, detections)
    check_sizes(truth, sizes)
    images, before, after = [], np.zeros(2, int), np.zeros(2, int)
    for name, rows in truth.items():
        objects, found = drop_ignored(rows, detections[name], *sizes[name])
        images.append((objects, found[: MAX_DETS[-1]]))
        before += _count(rows), len(detections[name])
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
    return Result(
        PROTOCOL,
        dict(zip(COLUMNS, mean.tolist(), strict=True)),
        dict(zip(CLASSES, per_class, strict=True)),
        counts,
        notes=[dropped],
    )


def _count(truth: Rows) -> int:
    """Return how many rows are objects of the ten classes."""
    return int((~np.isin(truth.categories, (REGION, OTHERS))).sum())
