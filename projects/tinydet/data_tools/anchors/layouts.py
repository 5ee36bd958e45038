"""Which parameters of a generator's anchors are free, and where a fit of them begins.

K-means of the sides in square-root space: AI-TOD's sizes spread over two octaves, and plain k-means
spends its centers on the few large objects.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from mmdet.models.task_modules import YOLOAnchorGenerator
from scipy.cluster.vq import kmeans2

from tinydet.data_tools.anchors.heads import Head
from tinydet.errors import InputError


@dataclass(frozen=True)
class Pairs:
    """Anchors of YOLO: a number of free pairs of sides on each level."""

    strides: np.ndarray  # (levels,)
    each: int

    def start(self, sides: np.ndarray) -> np.ndarray:
        """Return parameters from k-means of ``(N, 2)`` sides."""
        return clusters(sides, len(self.strides) * self.each).ravel()

    def anchors(self, parameters: np.ndarray) -> np.ndarray:
        """Return ``(A, 3)`` anchors, the small ones on the fine levels."""
        pairs = parameters.reshape(-1, 2)
        pairs = pairs[np.argsort(pairs.prod(1), kind="stable")]
        return np.column_stack([pairs, np.repeat(self.strides, self.each)])

    def settings(self, parameters: np.ndarray) -> dict:
        """Return what the config gets."""
        pairs = self.anchors(parameters)[:, :2].round(1).reshape(-1, self.each, 2).tolist()
        return dict(base_sizes=[[tuple(pair) for pair in level] for level in pairs])


@dataclass(frozen=True)
class Product:
    """Anchors of mmdet: a size on each level times common scales and ratios."""

    strides: np.ndarray
    scales: np.ndarray  # of geometric mean 1
    ratios: int  # number of height / width

    def start(self, sides: np.ndarray) -> np.ndarray:
        """Return parameters from k-means of sizes and of ratios."""
        sizes = clusters(np.sqrt(sides.prod(1))[:, None], len(self.strides))
        ratios = clusters((sides[:, 1] / sides[:, 0])[:, None], self.ratios)
        return np.concatenate([sizes, ratios]).ravel()

    def anchors(self, parameters: np.ndarray) -> np.ndarray:
        """Return ``(A, 3)`` anchors."""
        sizes, ratios = np.split(parameters, [len(self.strides)])
        size = np.sort(sizes)[:, None, None] * self.scales[:, None]
        width, height = size / np.sqrt(ratios), size * np.sqrt(ratios)
        stride = np.broadcast_to(self.strides[:, None, None], width.shape)
        return np.stack([width, height, stride], -1).reshape(-1, 3)

    def settings(self, parameters: np.ndarray) -> dict:
        """Return what the config gets."""
        sizes, ratios = np.split(parameters, [len(self.strides)])
        return dict(
            base_sizes=np.sort(sizes).round(2).tolist(),
            scales=self.scales.round(4).tolist(),
            ratios=np.sort(ratios).round(3).tolist(),
        )


def clusters(values: np.ndarray, count: int) -> np.ndarray:
    """Return the centers of k-means in square-root space, ``(count, D)``, from small to large.

    Raises:
        InputError: There are fewer different values than centers.
    """
    different = len(np.unique(values, axis=0))
    if different < count:
        raise InputError(
            f"{count} anchors need {count} objects of different size, and there are {different}; "
            "take fewer anchors or more data"
        )
    centers = kmeans2(np.sqrt(values), count, iter=30, minit="++", rng=0)[0] ** 2
    return centers[np.argsort(centers.prod(1), kind="stable")]


def layout_of(head: Head) -> tuple[Pairs | Product, np.ndarray]:
    """Return how a head's anchors depend on parameters, and its own parameters."""
    built = head.generator
    strides = np.array([stride[0] for stride in built.strides], float)
    if isinstance(built, YOLOAnchorGenerator):
        return Pairs(strides, len(built.base_sizes[0])), head.anchors()[:, :2].ravel()
    scales, ratios = np.array(built.scales, float), np.array(built.ratios, float)
    middle = np.exp(np.log(scales).mean())
    own = np.concatenate([middle * np.array(built.base_sizes, float), ratios])
    return Product(strides, scales / middle, len(ratios)), own
