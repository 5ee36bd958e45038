"""A sheet of crops, truth beside prediction, that fits on a screen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tinydet.boxes import Boxes
from tinydet.datasets.loading import as_seen
from tinydet.datasets.palette import class_colors
from tinydet.visualization.draw import draw_objects
from tinydet.visualization.panels import densest_window, joined, legend_strip


class Sample(NamedTuple):
    """One image of the sheet; boxes in its pixels, ``pixels`` ``(H, W, 3)`` RGB."""

    name: str
    pixels: np.ndarray
    truth: Boxes
    found: Boxes


def spread(truths: Sequence[Boxes], count: int) -> list[int]:
    """Choose images from sparse to dense, and among equally dense ones those with most classes.

    Looks at the ground truth alone, so that the choice cannot flatter the detector.

    Args:
        truths: Ground truth of each image.
        count: How many to choose.

    Returns:
        Indices; the same for the same input.
    """
    classes = [len(np.unique(truth.class_ids)) for truth in truths]
    filled = [index for index, truth in enumerate(truths) if len(truth)]
    order = sorted(filled, key=lambda i: (len(truths[i]), classes[i], i))
    if len(order) <= count:
        return order
    parts = np.array_split(np.array(order), count)
    return [int(max(part, key=lambda i: (classes[i], -i))) for part in parts]


def boxes_of_rows(rows: Sequence[dict], category_ids: Sequence[int]) -> Boxes:
    """Return the boxes of COCO annotations or results of one image, without scores.

    Args:
        rows: Dictionaries with ``bbox`` (x, y, width, height) and ``category_id``.
        category_ids: Category id of each label.

    Returns:
        Boxes whose class ids are labels.
    """
    coordinates = np.array([row["bbox"] for row in rows], float).reshape(-1, 4)
    labels = np.array([category_ids.index(row["category_id"]) for row in rows], int)
    return Boxes(coordinates, labels, format="xywh")


def choose_samples(
    coco: dict, results: Iterable[dict], folder: Path, score_thr: float, count: int = 6
) -> list[Sample]:
    """Read some images of a data set, with what a results list says about them.

    Args:
        coco: Ground truth: ``images``, ``annotations``, ``categories``.
        results: COCO results list.
        folder: What the file names of the images are relative to.
        score_thr: Detections below it are left out.
        count: At most so many images, by :func:`spread`.
    """
    ids = [category["id"] for category in coco["categories"]]
    true, found = defaultdict(list), defaultdict(list)
    for row in coco["annotations"]:
        true[row["image_id"]].append(row)
    for row in results:
        if row["score"] >= score_thr:
            found[row["image_id"]].append(row)
    images = coco["images"]
    truths = [boxes_of_rows(true[image["id"]], ids) for image in images]
    return [
        Sample(
            Path(images[index]["file_name"]).name,
            as_seen(folder / images[index]["file_name"]),
            truths[index],
            boxes_of_rows(found[images[index]["id"]], ids),
        )
        for index in spread(truths, count)
    ]


def within(objects: Boxes, x1: int, y1: int, x2: int, y2: int) -> Boxes:
    """Return the objects whose center lies in a window, in the window's pixels."""
    x, y = ((objects.xyxy[:, :2] + objects.xyxy[:, 2:]) / 2).T
    return objects[(x >= x1) & (x < x2) & (y >= y1) & (y < y2)].moved(x1, y1)


def draw_pair(sample: Sample, colors: np.ndarray, crop: int, zoom: int) -> np.ndarray:
    """Draw truth and prediction of the densest part of one image, a caption below.

    Args:
        sample: The image.
        colors: ``(classes, 3)`` RGB.
        crop: Side of the part that is shown, px; less where the image is smaller.
        zoom: Whole factor of enlargement.
    """
    height, width = sample.pixels.shape[:2]
    side = min(crop, height, width)
    window = densest_window(sample.truth.xyxy, (side, side), (width, height))
    x1, y1, x2, y2 = window
    nameless = [""] * len(colors)  # labels would cover the crops; the color tells the class
    seen = [within(objects, *window) for objects in (sample.truth, sample.found)]
    crops = [
        draw_objects(sample.pixels[y1:y2, x1:x2], objects, nameless, colors, zoom)
        for objects in seen
    ]
    pair = joined(crops, axis=1, gap=2)
    caption = f"{sample.name}: {len(seen[0])} objects, {len(seen[1])} found"
    return joined([pair, legend_strip(pair.shape[1], [(caption, None)])], axis=0, gap=0)


def prediction_grid(
    samples: Sequence[Sample],
    classes: Sequence[str],
    caption: str,
    crop: int = 96,
    columns: int = 2,
    zoom: int = 3,
) -> np.ndarray:
    """Put the pairs of some images on a sheet, with a legend.

    Args:
        samples: At least one.
        classes: Class names, by label.
        caption: Opens the legend: what is left and right, and the score threshold.
        crop: See :func:`draw_pair`.
        columns: Pairs in a row.
        zoom: See :func:`draw_pair`.

    Returns:
        The sheet.
    """
    colors = class_colors(len(classes))
    pairs = [draw_pair(sample, colors, crop, zoom) for sample in samples]
    rows = [joined(pairs[i : i + columns], axis=1) for i in range(0, len(pairs), columns)]
    sheet = joined(rows, axis=0)
    shown = np.unique(np.concatenate([seen.class_ids for one in samples for seen in one[2:]]))
    entries = [(caption, None), *((classes[label], colors[label]) for label in shown)]
    return joined([sheet, legend_strip(sheet.shape[1], entries, 14)], axis=0, gap=0)
