"""What the transforms share: the objects of a picture, and the base class that hands them over."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from mmcv.transforms import BaseTransform
from mmdet.structures.bbox import HorizontalBoxes
from mmdet.structures.mask import BitmapMasks

from tinydet.errors import InputError

UNMOVED = ("gt_seg_map", "gt_keypoints", "proposals")


@dataclass(frozen=True, eq=False)
class Objects:
    """``N`` objects of a picture.

    Args:
        boxes: ``(N, 4)`` left, top, right, bottom in px; a border between pixels is a whole number.
        labels: ``(N,)`` classes from 0.
        ignored: ``(N,)``, true for a region that training ignores.
        masks: ``(N, H, W)`` uint8 of 0 and 1; None in a pipeline without masks.
    """

    boxes: np.ndarray
    labels: np.ndarray
    ignored: np.ndarray
    masks: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.boxes)

    def __getitem__(self, index: np.ndarray) -> Objects:
        masks = None if self.masks is None else self.masks[index]
        return Objects(self.boxes[index], self.labels[index], self.ignored[index], masks)

    def redrawn(self, shape: tuple[int, int], draw: Callable[[np.ndarray], np.ndarray]) -> Objects:
        """Return the objects with other masks, of a height and a width.

        Args:
            shape: Height and width.
            draw: Takes a mask and returns the new one.
        """
        if self.masks is None:
            return self
        masks = np.zeros((len(self), *shape), np.uint8)
        for number, mask in enumerate(self.masks):
            masks[number] = draw(mask)
        return replace(self, masks=masks)

    def within(
        self,
        window: Sequence[float] | np.ndarray,
        min_visible: float,
        min_size: float = 0,
        zoom: float | np.ndarray = 1.0,
    ) -> tuple[Objects, np.ndarray]:
        """Look at the boxes through a window, or at each through a window of its own.

        Args:
            window: Left, top, right, bottom in px, ``(4,)`` or ``(N, 4)``.
            min_visible: An object of which the window shows a smaller share of the box is ignored.
            min_size: An object with a smaller ``sqrt(width * height)`` is ignored, px after zoom.
            zoom: Factor by which the window is enlarged, or ``(N, 2)`` factors of x and y.

        Returns:
            The objects, with boxes in the pixels of the window, and ``(N,)`` whether it shows any
            of each.
        """
        window = np.asarray(window)
        low, high = (np.concatenate([side, side], -1) for side in np.split(window, 2, -1))
        zoom = np.broadcast_to(zoom, (len(self), 2))
        seen = (np.minimum(np.maximum(self.boxes, low), high) - low) * np.concatenate(
            [zoom, zoom], 1
        )
        area, whole = areas(seen), areas(self.boxes) * zoom[:, 0] * zoom[:, 1]
        small = (area < min_visible * whole) | (area < min_size**2)
        return replace(self, boxes=seen, ignored=self.ignored | small), area > 0


def areas(boxes: np.ndarray) -> np.ndarray:
    """Return ``(N,)`` areas of ``(N, 4)`` boxes in square px."""
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


def joined(parts: Sequence[Objects]) -> Objects:
    """Return the objects of all parts."""
    fields = ["boxes", "labels", "ignored"] + ["masks"] * (parts[0].masks is not None)
    return Objects(*(np.concatenate([getattr(part, name) for part in parts]) for name in fields))


def objects_of(results: dict) -> Objects:
    """Return the objects of mmdet's dictionary of a picture; none where it has no boxes."""
    boxes = results.get("gt_bboxes", np.zeros((0, 4), np.float32))
    boxes = np.asarray(getattr(boxes, "tensor", boxes), np.float64).reshape(-1, 4)
    labels = np.asarray(results.get("gt_bboxes_labels", np.zeros(len(boxes), np.int64)))
    ignored = np.asarray(results.get("gt_ignore_flags", np.zeros(len(boxes), bool)), bool)
    if "gt_masks" not in results:
        return Objects(boxes, labels, ignored)
    masks = results["gt_masks"].to_ndarray().astype(np.uint8, copy=False)  # polygons become bool
    return Objects(boxes, labels, ignored, masks)


def write(objects: Objects, results: dict) -> None:
    """Write objects into mmdet's dictionary, in the type of boxes that it has, and as bitmaps."""
    if "gt_bboxes" not in results:
        return
    boxes = objects.boxes.astype(np.float32)
    if not isinstance(results["gt_bboxes"], np.ndarray):
        boxes = HorizontalBoxes(torch.from_numpy(boxes), clone=False)
    results["gt_bboxes"] = boxes
    results["gt_bboxes_labels"], results["gt_ignore_flags"] = objects.labels, objects.ignored
    if objects.masks is not None:
        results["gt_masks"] = BitmapMasks(objects.masks, *objects.masks.shape[1:])


def generator() -> np.random.Generator:
    """Return a generator that numpy's global one seeds, which mmengine seeds in each worker."""
    return np.random.default_rng(np.random.randint(2**31))  # noqa: NPY002


class ObjectTransform(BaseTransform):
    """A transform of the pixels, the boxes and the masks of one picture.

    Args:
        prob: How often a picture is changed, 0..1.

    Raises:
        InputError: The pipeline has other positions, which the transform would not move.
    """

    def __init__(self, prob: float = 0.5) -> None:
        if not 0 <= prob <= 1:
            raise InputError(f"{self.name}: prob={prob!r}; write a share from 0 to 1")
        self.prob = prob

    @property
    def name(self) -> str:
        """The type that a config writes."""
        return f"tinydet.{type(self).__name__}"

    def chosen(self) -> bool:
        """Draw whether the next picture is changed."""
        return np.random.random() < self.prob  # noqa: NPY002

    def transform(self, results: dict) -> dict:
        """Change a picture, or leave the picture as it is."""
        found = [key for key in UNMOVED if key in results]
        if found:
            raise InputError(
                f"{self.name} moves boxes and masks and would leave {', '.join(found)} where they "
                "are; do not load them, or leave the transform out"
            )
        if not self.chosen():
            return results
        image, objects = self.apply(results["img"], objects_of(results), generator())
        results["img"], results["img_shape"] = image, image.shape[:2]
        write(objects, results)
        return results

    @abstractmethod
    def apply(
        self, image: np.ndarray, objects: Objects, rng: np.random.Generator
    ) -> tuple[np.ndarray, Objects]:
        """Return the changed ``(H, W)`` or ``(H, W, C)`` pixels and objects."""

    def __repr__(self) -> str:
        shown = (f"{key}={value!r}" for key, value in vars(self).items() if key[0] != "_")
        return f"{type(self).__name__}({', '.join(shown)})"


class PixelTransform(ObjectTransform):
    """A transform of the pixels alone; everything stays where it is."""

    def transform(self, results: dict) -> dict:
        """Change the pixels, or leave them as they are."""
        if self.chosen():
            results["img"] = self.pixels(results["img"], generator())
        return results

    def apply(
        self, image: np.ndarray, objects: Objects, rng: np.random.Generator
    ) -> tuple[np.ndarray, Objects]:
        """Return changed pixels and the same objects."""
        return self.pixels(image, rng), objects

    @abstractmethod
    def pixels(self, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return the changed pixels, in the shape and type of the image."""


def checked_range(owner: str, name: str, value: Sequence[float], low: float, high: float) -> tuple:
    """Return the two ends of a range.

    Raises:
        InputError: They are not two ascending numbers from ``low`` to ``high``.
    """
    pair = isinstance(value, list | tuple) and len(value) == 2
    if not pair or not low <= value[0] <= value[1] <= high:
        raise InputError(
            f"{owner}: {name}={value!r}; write two ascending numbers from {low} to {high}"
        )
    return tuple(value)
