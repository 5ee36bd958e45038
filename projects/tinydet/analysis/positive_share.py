"""The fraction of tiny objects that have a positive prior under a config's label assigner."""

from __future__ import annotations

import numpy as np
import torch
from mmengine.config import Config
from torch import Tensor

from tinydet.analysis.assignment import MEAN, assigner_of

SIDE = 800  # px; side of an image, as in AI-TOD
DEVIATION = 5.9  # px; of sqrt(w * h) in AI-TOD (ICPR 2020, Table I)
OBJECTS = 50  # in an image


def tiny_objects(images: int = 20, seed: int = 0) -> list[Tensor]:
    """Return ``(50, 4)`` boxes x1, y1, x2, y2 for each image, px, with AI-TOD's sizes (log-normal).

    Sides are at least 2 px; the ratio of width to height is log-normal about 1.
    """
    rng = np.random.default_rng(seed)
    spread = np.sqrt(np.log(1 + (DEVIATION / MEAN) ** 2))
    sizes = rng.lognormal(np.log(MEAN) - spread**2 / 2, spread, (images, OBJECTS))
    ratios = rng.lognormal(0, 0.3, (images, OBJECTS))
    sides = np.stack([sizes * ratios**0.5, sizes / ratios**0.5], -1).clip(2)
    start = rng.uniform(0, SIDE - sides)
    return list(torch.from_numpy(np.concatenate([start, start + sides], -1)).float())


def positive_share(config: Config, images: list[Tensor]) -> float | None:
    """Return the fraction of objects with a positive prior, in [0, 1].

    Args:
        config: The merged config.
        images: Boxes from :func:`tiny_objects`.

    Returns:
        The fraction; ``None`` where :func:`tinydet.analysis.assignment.assigner_of` is None.
    """
    assigner = assigner_of(config)
    if assigner is None:
        return None
    found = [assigner.assign(boxes, (SIDE, SIDE)).objects for boxes in images]
    return sum(len(objects.unique()) for objects in found) / sum(map(len, images))
