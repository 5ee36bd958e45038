"""Boxes that overlap by more than a threshold."""

from __future__ import annotations

import torch
from torch import Tensor

from tinydet.task_modules.neighbours import Neighbours

MARGIN = 1e-6  # px: more than the rounding of a place


class Matches(Neighbours):
    """Boxes that match where their IoU or IoS exceeds a threshold.

    Args:
        boxes: ``(N, 4)`` as x1, y1, x2, y2, px, best first.
        labels: ``(N,)``; only boxes of one label match.
        metric: ``iou``, or ``ios``, the intersection over the smaller area.
        threshold: From 0 to 1; a pair matches above it.
    """

    def __init__(self, boxes: Tensor, labels: Tensor, metric: str, threshold: float) -> None:
        super().__init__(boxes, labels)
        self.metric, self.threshold = metric, threshold

    def reach(self, size: Tensor, low: Tensor, high: Tensor) -> Tensor:
        return farthest(size, low, high, self.metric, self.threshold)

    def match(self, i: Tensor, j: Tensor) -> Tensor:
        return overlap(self.boxes[i], self.boxes[j], self.metric) > self.threshold


def farthest(size: Tensor, low: Tensor, high: Tensor, metric: str, threshold: float) -> Tensor:
    """Bound how far apart in x and y the centers of two boxes are that match.

    With threshold t, sides of an intersection exceed t times the larger of the boxes' sides (IoU),
    or t times that of the box of smaller area (IoS), which is at least the smaller one. The bound
    is piecewise linear in the other box's side, so its largest value is at an end of the side's
    range or where both sides are equal.

    Args:
        size: ``(..., 2)`` width and height of a box, px.
        low: Least width and height of the other, broadcast.
        high: Its largest.
        metric: ``iou`` or ``ios``.
        threshold: From 0 to 1.
    """
    shared = torch.maximum if metric == "iou" else torch.minimum
    other = torch.stack(torch.broadcast_tensors(low, high, size.clamp(low, high)))
    return ((size + other) / 2 - threshold * shared(size, other)).amax(0) + MARGIN


def overlap(first: Tensor, second: Tensor, metric: str) -> Tensor:
    """Return the IoU or IoS of boxes ``(..., 4)``; 0 where an area is 0."""
    low = torch.maximum(first[..., :2], second[..., :2])
    high = torch.minimum(first[..., 2:], second[..., 2:])
    inter = (high - low).clamp(min=0).prod(-1)
    areas = [(box[..., 2:] - box[..., :2]).clamp(min=0).prod(-1) for box in (first, second)]
    whole = areas[0] + areas[1] - inter if metric == "iou" else torch.minimum(*areas)
    return torch.where(inter > 0, inter / whole, 0)
