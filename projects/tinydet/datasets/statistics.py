"""Statistics of a data set: objects per image and per class, and object sizes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

# Upper ends of AI-TOD's size ranges: sqrt(w * h) in pixels.
RANGES = {"very tiny": 8.0, "tiny": 16.0, "small": 32.0, "medium": np.inf}


def range_of(sizes: np.ndarray) -> np.ndarray:
    """Return the position in :data:`RANGES` of each size, px; one on a border is of the lower."""
    return np.searchsorted(list(RANGES.values()), sizes)


@dataclass
class Statistics:
    """Statistics of one annotation file.

    Attributes:
        images: Number of images.
        per_image: ``(images,)`` number of objects in each image, in the order of the file.
        sizes: ``(N,)`` sqrt(w * h) of each box in pixels.
        per_class: ``{class name: number of objects}`` in the order of the file.
    """

    images: int
    per_image: np.ndarray
    sizes: np.ndarray
    per_class: dict[str, int]

    def per_range(self) -> dict[str, int]:
        """Count the boxes of each size range."""
        counts = np.bincount(range_of(self.sizes), minlength=len(RANGES))
        return dict(zip(RANGES, counts.tolist(), strict=True))


def mean_size(sizes: np.ndarray) -> float:
    """Return the mean of ``(N,)`` sizes to two decimals, the value of ``constant="auto"``."""
    return round(float(sizes.mean()), 2)


def describe(coco: dict) -> Statistics:
    """Return the statistics of a dictionary from :func:`tinydet.datasets.boxes.clean_boxes`."""
    annotations = coco["annotations"]
    objects = Counter(ann["image_id"] for ann in annotations)
    classes = Counter(ann["category_id"] for ann in annotations)
    sides = np.array([ann["bbox"][2:] for ann in annotations], np.float64).reshape(-1, 2)
    return Statistics(
        images=len(coco["images"]),
        per_image=np.array([objects[image["id"]] for image in coco["images"]], np.int64),
        sizes=np.sqrt(sides.prod(1)),
        per_class={
            str(category.get("name")): classes[category["id"]] for category in coco["categories"]
        },
    )
