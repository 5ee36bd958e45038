"""Small objects with the pixels around them, kept to be pasted elsewhere."""

from __future__ import annotations

from collections import Counter, deque
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from tinydet.datasets.transforms.objects import Objects, areas

OF_A_PICTURE = 8  # objects that are kept, at most


class Patch(NamedTuple):
    """An object with the pixels around it.

    Attributes:
        pixels: ``(H, W)`` or ``(H, W, C)``.
        box: ``(4,)`` left, top, right, bottom in these pixels.
        label: Its class.
        mask: ``(H, W)`` of 0 and 1; None in a pipeline without masks.
    """

    pixels: np.ndarray
    box: np.ndarray
    label: int
    mask: np.ndarray | None = None

    def paste(self, image: np.ndarray, x: int, y: int, margin: int) -> None:
        """Blend the pixels into an image, in place: opaque on the object, fading to the border.

        The patch becomes as much brighter or darker as its border differs from the place, so that
        no bright square surrounds a copy on dark ground.
        """
        height, width = self.pixels.shape[:2]
        opacity, border = _blend(height, width, margin)
        under = image[y : y + height, x : x + width]
        change = np.subtract(self.pixels, under, dtype=np.float32)
        change -= np.einsum("yx,yx...->...", border, change)
        change *= opacity if image.ndim == 2 else opacity[..., None]
        mixed = (change + under).clip(0, 255)
        under[...] = np.rint(mixed) if image.dtype == np.uint8 else mixed


class PatchBank:
    """The objects of the pictures that a worker saw last.

    Args:
        max_size: Largest ``sqrt(width * height)`` of an object, px.
        margin: Border around an object, px.
        balance: A class that occurs ``n`` times is drawn in proportion to ``n ** (1 - balance)``.
        memory: Objects of each class that are kept.
    """

    def __init__(self, max_size: float, margin: int, balance: float, memory: int) -> None:
        self.max_size, self.margin, self.balance = max_size, margin, balance
        self.memory = memory
        self.patches: dict[int, deque[Patch]] = {}
        self.seen: Counter[int] = Counter()

    def remember(self, image: np.ndarray, objects: Objects, rng: np.random.Generator) -> None:
        """Keep some objects of a picture; those of classes seen seldom are more likely.

        An object is left out where its border touches another object or leaves the picture.
        """
        self.seen.update(objects.labels[~objects.ignored].tolist())
        small = ~objects.ignored & (areas(objects.boxes) <= self.max_size**2)
        places = np.flatnonzero(small)
        if not len(places):
            return
        # The smallest of exponential variates are drawn in proportion to one over their means.
        often = np.array([self.seen[label] for label in objects.labels[places].tolist()])
        chosen = places[np.argsort(rng.exponential(often))[:OF_A_PICTURE]]
        hulls = _hulls(objects.boxes[chosen], self.margin)
        inside = (hulls[:, :2] >= 0).all(1) & (hulls[:, 2:] <= image.shape[1::-1]).all(1)
        alone = touching(hulls, objects.boxes).sum(1) == 1  # itself
        for number in np.flatnonzero(inside & alone):
            x1, y1, x2, y2 = hulls[number]
            box = objects.boxes[chosen[number]] - [x1, y1, x1, y1]
            label = int(objects.labels[chosen[number]])
            kept = self.patches.setdefault(label, deque(maxlen=self.memory))
            masks = objects.masks
            mask = None if masks is None else masks[chosen[number], y1:y2, x1:x2].copy()
            kept.append(Patch(image[y1:y2, x1:x2].copy(), box, label, mask))

    def draw(self, count: int, image: np.ndarray, rng: np.random.Generator) -> list[Patch]:
        """Return random patches; those that do not fit into the image are left out."""
        labels = sorted(self.patches)
        if not labels:
            return []
        odds = np.array([self.seen[label] ** (1 - self.balance) for label in labels])
        kept = [
            self.patches[labels[place]]
            for place in rng.choice(len(labels), count, p=odds / odds.sum())
        ]
        drawn = [one[int(at * len(one))] for one, at in zip(kept, rng.random(count), strict=True)]
        return [patch for patch in drawn if _fits(patch.pixels.shape, image.shape)]


def touching(boxes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return ``(N, M)``: whether a box has area in common with another."""
    start = np.maximum(boxes[:, None, :2], others[:, :2])
    end = np.minimum(boxes[:, None, 2:], others[:, 2:])
    return (start < end).all(2)


@lru_cache(maxsize=1000)
def _blend(height: int, width: int, margin: int) -> tuple[np.ndarray, np.ndarray]:
    """Return two ``(height, width)`` weights: of the patch, and of a mean over its border."""
    ramps = (np.minimum((1 + np.arange(side)) / (margin + 1), 1) for side in (height, width))
    opacity = np.outer(*(np.minimum(ramp, ramp[::-1]) for ramp in ramps)).astype(np.float32)
    border = (opacity < 1).astype(np.float32)
    return opacity, border / max(1, border.sum())


def _fits(patch: tuple[int, ...], image: tuple[int, ...]) -> bool:
    """Tell whether a patch is no larger than an image and has as many channels."""
    return patch[0] <= image[0] and patch[1] <= image[1] and patch[2:] == image[2:]


def _hulls(boxes: np.ndarray, margin: int) -> np.ndarray:
    """Return the whole pixels that boxes touch, and a margin around them."""
    low, high = np.floor(boxes[:, :2]) - margin, np.ceil(boxes[:, 2:]) + margin
    return np.concatenate([low, high], 1).astype(int)
