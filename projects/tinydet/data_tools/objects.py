"""The objects of an annotation file as arrays, in pixels of the picture or of the network input."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from mmcv.image import rescale_size
from mmengine.config import Config

from tinydet.configuration.nested import dictionaries


@dataclass(frozen=True)
class Objects:
    """Objects in the order of the file.

    Attributes:
        boxes: ``(N, 4)`` x1, y1, x2, y2, px.
        class_ids: ``(N,)`` positions in ``classes``.
        picture: ``(N,)`` positions in ``shapes``.
        shapes: ``(P, 2)`` width and height of each picture.
        classes: Names.
    """

    boxes: np.ndarray
    class_ids: np.ndarray
    picture: np.ndarray
    shapes: np.ndarray
    classes: list[str]

    @property
    def sides(self) -> np.ndarray:
        """``(N, 2)`` width and height, px."""
        return self.boxes[:, 2:] - self.boxes[:, :2]

    @property
    def sizes(self) -> np.ndarray:
        """``(N,)`` sqrt(w * h), px."""
        return np.sqrt(self.sides.prod(1))

    @property
    def centered(self) -> np.ndarray:
        """``(N, 4)`` x and y of the center, width, height, px."""
        return np.concatenate([(self.boxes[:, :2] + self.boxes[:, 2:]) / 2, self.sides], 1)

    @property
    def per_picture(self) -> np.ndarray:
        """``(P,)`` number of objects."""
        return np.bincount(self.picture, minlength=len(self.shapes))

    def resized(self, factors: np.ndarray) -> Objects:
        """Return the objects after a resize by ``(P, 2)`` factors of width and height."""
        boxes = self.boxes * np.tile(factors[self.picture], 2)
        shapes = self.shapes * factors
        return Objects(boxes, self.class_ids, self.picture, shapes, self.classes)


def grouped(keys: np.ndarray, count: int) -> list[np.ndarray]:
    """Return the positions of each of the keys 0, 1, …, ``count - 1`` in an ``(N,)`` array."""
    order = np.argsort(keys, kind="stable")
    return np.split(order, np.searchsorted(keys[order], np.arange(1, count)))


def objects_of(coco: dict) -> Objects:
    """Return the objects of a file from :func:`tinydet.datasets.boxes.clean_boxes`."""
    pictures = {image["id"]: place for place, image in enumerate(coco["images"])}
    categories = {item["id"]: place for place, item in enumerate(coco["categories"])}
    rows = coco["annotations"]
    boxes = np.array([row["bbox"] for row in rows], float).reshape(-1, 4)
    boxes[:, 2:] += boxes[:, :2]
    return Objects(
        boxes,
        np.array([categories[row["category_id"]] for row in rows], int),
        np.array([pictures[row["image_id"]] for row in rows], int),
        np.array([[image["width"], image["height"]] for image in coco["images"]], float),
        [str(item.get("name")) for item in coco["categories"]],
    )


def input_factors(config: Config, shapes: np.ndarray) -> np.ndarray:
    """Return the factors of width and height by which a config's test pipeline resizes pictures.

    Args:
        config: With ``test_dataloader``; a pipeline without a resize leaves pictures as they are.
        shapes: ``(P, 2)`` widths and heights.

    Returns:
        ``(P, 2)``
    """
    steps = [
        node
        for _, node in dictionaries(config.get("test_dataloader"), "test_dataloader")
        if str(node.get("type")).endswith("Resize") and node.get("scale") is not None
    ]
    if not steps:
        return np.ones_like(shapes)
    step = steps[0]
    if step["type"] in ("Resize", "mmdet.Resize") and not step.get("keep_ratio"):
        return np.array(step["scale"]) / shapes
    scale = step["scale"] if np.ndim(step["scale"]) else (step["scale"],) * 2
    each = {shape: rescale_size(shape, tuple(scale), True)[1] for shape in map(tuple, shapes)}
    return np.array([[each[shape]] * 2 for shape in map(tuple, shapes)])
