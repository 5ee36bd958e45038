"""Is one set of predictions better than another, or was it the choice of pictures?

A paired bootstrap (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13):
images are drawn with replacement, both sides are evaluated on the same draw, and the middle 95 %
of the differences are the interval. With several seeds a side, pairs of seeds are drawn as well, so
that the interval holds for another training too. Without, it holds for these files alone.

hotcoco and its peers resample images, one file a side: the spread of seeds, which is as large as
many a gain, is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tinydet.boxes import Boxes
from tinydet.errors import InputError
from tinydet.evaluation.detections import usable
from tinydet.evaluation.ground_truth import category_name
from tinydet.evaluation.matched import match_classes
from tinydet.evaluation.protocol import Protocol
from tinydet.evaluation.weighted import weighted_summary

RESAMPLES = 2000
LEAST = 100  # draws with objects of a range; fewer give no interval
TAILS = (2.5, 97.5)  # per cent


class Difference(NamedTuple):
    """One metric of two sides, as fractions.

    Attributes:
        name: ``AP``, ``AP_50``, ``AP_vt``, …, ``car_AP``.
        a: Mean over the seeds of one side.
        b: That of the other.
        low: Lower end of the interval of ``b - a``; NaN where too few draws have objects.
        high: Its upper end.
    """

    name: str
    a: float
    b: float
    low: float
    high: float

    @property
    def gain(self) -> float:
        """``b - a``."""
        return self.b - self.a

    @property
    def verdict(self) -> str:
        """Which side is better; a difference is shown where the interval excludes 0."""
        if not self.low <= self.high:
            return "too few objects"
        if self.low > 0:
            return "b is better"
        return "a is better" if self.high < 0 else "no difference shown"


def compare(
    truth: dict,
    a: Sequence[Boxes],
    b: Sequence[Boxes],
    *,
    groups: Sequence[object] | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
    protocol: Protocol | None = None,
) -> list[Difference]:
    """Compare two sides on one ground truth.

    Args:
        truth: From :func:`tinydet.evaluation.ground_truth.read_ground_truth`.
        a: Detections of one side, one entry per seed.
        b: Detections of the other, in the same order of the seeds.
        groups: What each image, in the order of the file, belongs to, such as its flight; whole
            groups are drawn, because neighboring frames tell the same. None draws images.
        resamples: Number of draws.
        seed: Of the draws.
        protocol: Default: AI-TOD's.

    Returns:
        AP, AP_50, AP_75, AP of each range and, of several, each class that have objects.

    Raises:
        InputError: The sides differ in length or are empty, there is a single group or no object,
            or detections belong to other images.
    """
    if not len(a) or len(a) != len(b):
        raise InputError(
            f"{len(a)} predictions are compared with {len(b)}; give both sides one for each seed"
        )
    protocol = protocol or Protocol.of()
    weights, seeds = _draws(_belonging(truth, groups), len(a), resamples, seed)
    weights = np.concatenate([np.ones_like(weights[:1]), weights])  # first, each image once
    sides = [[_metrics(truth, found, protocol, weights) for found in side] for side in (a, b)]
    result = []
    for name in sides[0][0]:
        values = np.array([[one[name] for one in side] for side in sides])  # (2, S, 1 + R)
        whole, drawn = values[..., 0].mean(1), np.diff(values[..., 1:], axis=0)[0]
        gains = (drawn.T * seeds).mean(1)  # the weights of the seeds add up to their number
        gains = gains[~np.isnan(gains)]
        interval = np.percentile(gains, TAILS) if len(gains) >= LEAST else (np.nan, np.nan)
        if not np.isnan(whole).any():
            result.append(Difference(name, *whole.tolist(), *map(float, interval)))
    if not result:
        raise InputError("the ground truth has no object of its categories to find or to miss")
    return result


def _belonging(truth: dict, groups: Sequence[object] | None) -> np.ndarray:
    """Return ``(I,)`` group numbers in the order of the sorted image ids."""
    ids = [image["id"] for image in truth["images"]]
    numbers = np.unique(ids if groups is None else groups, return_inverse=True)[1]
    if numbers.max() == 0:
        raise InputError(
            f"all {len(ids)} images are one group; an interval needs several to draw from"
        )
    return numbers[np.argsort(ids)]


def _draws(groups: np.ndarray, seeds: int, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return how often each draw has each image, ``(R, I)``, and each seed, ``(R, S)``."""
    rng = np.random.default_rng(seed)
    number = groups.max() + 1
    images = rng.multinomial(number, np.full(number, 1 / number), count)[:, groups]
    return images, rng.multinomial(seeds, np.full(seeds, 1 / seeds), count)


def _metrics(
    truth: dict, detections: Boxes, protocol: Protocol, weights: np.ndarray
) -> dict[str, np.ndarray]:
    """Return ``{metric: (R,)}``."""
    categories = sorted(truth["categories"], key=lambda category: category["id"])
    found = usable(
        detections,
        (image["id"] for image in truth["images"]),
        (category["id"] for category in categories),
    )
    names = map(category_name, categories)
    classes = dict(zip(names, match_classes(truth, found, protocol), strict=True))
    return weighted_summary(classes, weights, protocol)
