"""A sheet of crops, truth beside prediction, that fits on a screen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tinydet.datasets.loading import as_seen
from tinydet.datasets.palette import class_colours
from tinydet.inference.detections import Objects
from tinydet.visualization.draw import draw_objects
from tinydet.visualization.panels import densest_window, joined, legend_strip


class Sample(NamedTuple):
    """One image of the sheet; boxes in its pixels, ``pixels`` ``(H, W, 3)`` RGB."""

    name: str
    pixels: np.ndarray
    truth: Objects
    found: Objects


def spread(truths: Sequence[Objects], count: int) -> list[int]:
    """Choose images from sparse to dense, and among equally dense ones those with most classes.

    Looks at the ground truth alone, so that the choice cannot flatter the detector.

    Args:
        truths: Ground truth of each image.
        count: How many to choose.

    Returns:
        Indices; the same for the same input.
    """
    filled = [index for index, truth in enumerate(truths) if len(truth)]
    order = sorted(filled, key=lambda i: (len(truths[i]), len(set(truths[i].labels.tolist())), i))
    if len(order) <= count:
        return order
    chosen = []
    for part in np.array_split(np.array(order), count):
        chosen.append(int(max(part, key=lambda i: (len(set(truths[i].labels.tolist())), -i))))
    return chosen


def objects_of_rows(rows: Iterable[dict], category_ids: Sequence[int]) -> Objects:
    """Turn COCO annotations or results of one image into objects without scores.

    Args:
        rows: Each with ``bbox`` (x, y, width, height) and ``category_id``.
        category_ids: The categories, in the order of the labels.
    """
    rows = list(rows)
    boxes = np.array([row["bbox"] for row in rows], float).reshape(-1, 4)
    boxes[:, 2:] += boxes[:, :2]
    return Objects(boxes, np.array([category_ids.index(row["category_id"]) for row in rows], int))


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
    truths = [objects_of_rows(true[image["id"]], ids) for image in images]
    return [
        Sample(
            Path(images[index]["file_name"]).name,
            as_seen(folder / images[index]["file_name"]),
            truths[index],
            objects_of_rows(found[images[index]["id"]], ids),
        )
        for index in spread(truths, count)
    ]


def within(objects: Objects, x1: int, y1: int, x2: int, y2: int) -> Objects:
    """Return the objects whose centre lies in a window, in the window's pixels."""
    x, y = ((objects.boxes[:, :2] + objects.boxes[:, 2:]) / 2).T
    return objects.select((x >= x1) & (x < x2) & (y >= y1) & (y < y2)).moved(x1, y1)


def draw_pair(sample: Sample, colours: np.ndarray, crop: int, zoom: int) -> np.ndarray:
    """Draw truth and prediction of the densest part of one image, a caption below.

    Args:
        sample: The image.
        colours: ``(classes, 3)`` RGB.
        crop: Side of the part that is shown, px; less where the image is smaller.
        zoom: Whole factor of enlargement.
    """
    height, width = sample.pixels.shape[:2]
    side = min(crop, height, width)
    window = densest_window(sample.truth.boxes, (side, side), (width, height))
    x1, y1, x2, y2 = window
    nameless = [""] * len(colours)  # labels would cover the crops; the colour tells the class
    seen = [within(objects, *window) for objects in (sample.truth, sample.found)]
    crops = [
        draw_objects(sample.pixels[y1:y2, x1:x2], objects, nameless, colours, zoom)
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
    colours = class_colours(len(classes))
    pairs = [draw_pair(sample, colours, crop, zoom) for sample in samples]
    rows = [joined(pairs[i : i + columns], axis=1) for i in range(0, len(pairs), columns)]
    sheet = joined(rows, axis=0)
    shown = np.unique(np.concatenate([seen.labels for one in samples for seen in one[2:]]))
    entries = [(caption, None), *((classes[label], colours[label]) for label in shown)]
    return joined([sheet, legend_strip(sheet.shape[1], entries, 14)], axis=0, gap=0)
