"""Copies of small objects in free places, the rare classes more often.

Paper: Augmentation for small object detection, arXiv:1902.07296. Ours also pastes objects of other
pictures, prefers the surroundings of objects, and blends the border of a copy.
"""

from __future__ import annotations

import numpy as np

from tinydet.datasets.transforms.objects import Objects, ObjectTransform, checked_range, joined
from tinydet.datasets.transforms.patches import Patch, PatchBank, touching
from tinydet.errors import InputError
from tinydet.registry import TRANSFORMS

TRIES = 10  # places tried for a copy


@TRANSFORMS.register_module()
class SmallObjectCopyPaste(ObjectTransform):
    """Paste small objects that the worker saw in this picture and in those before.

    A copy is not resized and moves by whole pixels, so its box is exact. An object whose
    surroundings touch another object or the border of the picture is not copied, and no copy
    touches an object or an ignored region.

    Args:
        copies: Fewest and most copies for a picture; a copy without a free place is left out.
        max_size: Largest ``sqrt(width * height)`` of an object that is copied, px.
        balance: 0 copies the classes as often as they occur, 1 all alike; a class that occurs
            ``n`` times is drawn in proportion to ``n ** (1 - balance)``.
        near: Share of the copies that are put near an object of the picture, where people, cars
            and boats are likely, at a distance of about ``spread`` of the copy's own sides.
        spread: See ``near``.
        margin: Border around a copy that fades in, px.
        memory: Objects of each class that a worker keeps.
        prob: How often a picture gets copies.

    Raises:
        InputError: ``copies`` are not two ascending numbers, or a share is not in 0..1.
    """

    def __init__(
        self,
        copies: tuple[int, int] = (1, 6),
        max_size: float = 32,
        balance: float = 0.5,
        near: float = 0.7,
        spread: float = 4,
        margin: int = 2,
        memory: int = 50,
        prob: float = 0.5,
    ) -> None:
        super().__init__(prob)
        for key, value in dict(balance=balance, near=near).items():
            if not 0 <= value <= 1:
                raise InputError(f"{self.name}: {key}={value!r}; write a number from 0 to 1")
        self.copies = checked_range(self.name, "copies", copies, 0, 1000)
        self.near, self.spread, self.margin = near, spread, margin
        self._bank = PatchBank(max_size, margin, balance, memory)

    def apply(
        self, image: np.ndarray, objects: Objects, rng: np.random.Generator
    ) -> tuple[np.ndarray, Objects]:
        """Return the pixels and the objects with copies."""
        self._bank.remember(image, objects, rng)
        count = int(rng.integers(self.copies[0], self.copies[1] + 1))
        patches = self._bank.draw(count, image, rng)
        windows = self._windows(patches, image, objects, rng)
        image, boxes, pasted = image.copy(), objects.boxes, []
        for patch, tried in zip(patches, windows, strict=True):
            free = np.flatnonzero(~touching(tried, boxes).any(1))
            if len(free):
                x, y = tried[free[0], :2].tolist()
                patch.paste(image, x, y, self.margin)
                boxes = np.concatenate([boxes, patch.box[None] + [x, y, x, y]])
                pasted.append((patch, x, y))
        labels = np.array([patch.label for patch, _, _ in pasted], objects.labels.dtype)
        copies = Objects(
            boxes[len(objects) :],
            labels,
            np.zeros(len(pasted), bool),
            None if objects.masks is None else _masks(pasted, image.shape[:2]),
        )
        return image, joined([objects, copies])

    def _windows(
        self, patches: list[Patch], image: np.ndarray, objects: Objects, rng: np.random.Generator
    ) -> np.ndarray:
        """Return ``(K, T, 4)`` places to try for each of ``K`` copies, whole px."""
        shape = (len(patches), TRIES)
        sizes = np.array([patch.pixels.shape[1::-1] for patch in patches]).reshape(-1, 1, 2)
        room = np.array(image.shape[1::-1]) - sizes
        starts = rng.integers(room + 1, size=(*shape, 2))
        boxes = objects.boxes[~objects.ignored]
        if len(boxes):
            centers = (boxes[:, :2] + boxes[:, 2:]) / 2
            around = centers[rng.integers(len(boxes), size=shape)]
            away = rng.standard_normal((*shape, 2)) * self.spread * sizes.max(2, keepdims=True)
            nearby = np.round(around + away - sizes / 2).astype(int)
            chosen = ((nearby >= 0) & (nearby <= room)).all(2) & (rng.random(shape) < self.near)
            starts = np.where(chosen[..., None], nearby, starts)
        return np.concatenate([starts, starts + sizes], 2)


def _masks(pasted: list[tuple[Patch, int, int]], shape: tuple[int, int]) -> np.ndarray:
    """Return ``(K, H, W)`` masks of patches at their left and top, px."""
    masks = np.zeros((len(pasted), *shape), np.uint8)
    for number, (patch, x, y) in enumerate(pasted):
        height, width = patch.mask.shape
        masks[number, y : y + height, x : x + width] = patch.mask
    return masks
