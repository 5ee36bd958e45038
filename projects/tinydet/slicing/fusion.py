"""The groups of weighted boxes fusion, arXiv:1910.13302, section 3.1, in far fewer comparisons.

A group's mean moves whenever a box joins, so boxes go through one by one. Means lie in a grid for
each octave of size, in which a box looks at the few cells whose means it can overlap enough.
"""

from __future__ import annotations

import math
from collections import defaultdict
from itertools import product

import torch
from torch import Tensor

from tinydet.slicing.matches import farthest

LEAST = 1e-12  # weight of a box of score 0

Box = list[float]


def fuse(boxes: Tensor, scores: Tensor, labels: Tensor, metric: str, threshold: float) -> Tensor:
    """Return the best member of the group that each box joins, ``(N,)``.

    Args:
        boxes: ``(N, 4)`` float64 as x1, y1, x2, y2, px, best first.
        scores: ``(N,)``.
        labels: ``(N,)``; only boxes of one label meet.
        metric: ``iou`` or ``ios``.
        threshold: A box joins the group whose mean it overlaps most, above it.
    """
    longest = float((boxes[:, 2:] - boxes[:, :2]).max())
    octaves = range(1, _octave(longest) + 1)
    windows = torch.stack([_window(boxes, 2.0**k, metric, threshold) for k in octaves], 2)
    means = defaultdict(lambda: Means(len(octaves), metric, threshold))
    weights = scores.clamp(min=LEAST)
    heads = []
    rows = (values.tolist() for values in (boxes, windows, weights, labels))
    for index, (box, window, weight, label) in enumerate(zip(*rows, strict=True)):
        found = means[label].nearest(box, window)
        heads.append(index if found is None else found)
        means[label].add(heads[-1], box, weight)
    return torch.tensor(heads, device=boxes.device)


class Means:
    """Weighted means of groups of boxes, by the octave of their longer side and by place."""

    def __init__(self, octaves: int, metric: str, threshold: float) -> None:
        self.metric, self.threshold = metric, threshold
        self.sums: dict[int, list[float]] = {}  # of coordinates times weight, and of weights
        self.boxes: dict[int, Box] = {}
        self.cells: list[dict[tuple[int, int], list[int]]] = [{} for _ in range(octaves)]

    def add(self, head: int, box: Box, weight: float) -> None:
        """Let a box join the group of this head, or found it."""
        terms = [side * weight for side in box] + [weight]
        if head in self.sums:
            octave, cell = _place(self.boxes[head])
            self.cells[octave - 1][cell].remove(head)
            terms = [old + new for old, new in zip(self.sums[head], terms, strict=True)]
        self.sums[head] = terms
        self.boxes[head] = mean = [side / terms[4] for side in terms[:4]]
        octave, cell = _place(mean)
        self.cells[octave - 1].setdefault(cell, []).append(head)

    def nearest(self, box: Box, window: list[list[int]]) -> int | None:
        """Return the head of the group whose mean overlaps a box most, above the threshold."""
        found, most = None, self.threshold
        for cells, left, top, right, bottom in zip(self.cells, *window, strict=True):
            window_is_larger = (right - left) * (bottom - top) > len(cells)
            keys = cells if window_is_larger else product(range(left, right), range(top, bottom))
            for key in keys:
                for head in cells.get(key, ()):
                    value = overlap(box, self.boxes[head], self.metric)
                    if value > most or (value == most and found is not None and head < found):
                        found, most = head, value
        return found


def _octave(longer: float) -> int:
    """Return the k of cells of 2^k px, more than the longer side of a box; at least 1."""
    return math.frexp(max(longer, 1))[1]


def _place(box: Box) -> tuple[int, tuple[int, int]]:
    x1, y1, x2, y2 = box
    octave = _octave(max(x2 - x1, y2 - y1))
    side = 2.0 ** (octave + 1)
    return octave, (int((x1 + x2) // side), int((y1 + y2) // side))


def _window(boxes: Tensor, side: float, metric: str, threshold: float) -> Tensor:
    """Return the cells in which means of one octave match: first and end of x, y, ``(N, 4)``.

    Args:
        boxes: ``(N, 4)`` px.
        side: Of the cells, more than the longer side of their means, px.
        metric: ``iou`` or ``ios``.
        threshold: From 0 to 1.
    """
    size, center = boxes[:, 2:] - boxes[:, :2], (boxes[:, :2] + boxes[:, 2:]) / 2
    reach = farthest(size, size.new_tensor(0.0), size.new_tensor(side), metric, threshold)
    low, end = ((center - reach) / side).floor(), ((center + reach) / side).floor() + 1
    return torch.cat([low, end], 1).long()


def overlap(first: Box, second: Box, metric: str) -> float:
    """Return the IoU or IoS of two boxes; 0 where an area is 0."""
    a1, b1, a2, b2 = first
    x1, y1, x2, y2 = second
    width = (a2 if a2 < x2 else x2) - (a1 if a1 > x1 else x1)
    height = (b2 if b2 < y2 else y2) - (b1 if b1 > y1 else y1)
    if width <= 0 or height <= 0:
        return 0.0
    inter, one, other = width * height, (a2 - a1) * (b2 - b1), (x2 - x1) * (y2 - y1)
    return inter / (one + other - inter if metric == "iou" else min(one, other))
