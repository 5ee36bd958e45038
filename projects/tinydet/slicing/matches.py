"""Which better box claims which worse one, found without looking at all pairs of boxes."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from tinydet.task_modules.cells import Cells, measure, octaves, span
from tinydet.task_modules.greedy import resolve

FIRST, MOST = 64, 2048  # boxes that claim others at once: a crowd at one place goes to a few
BLOCK = 1 << 18  # pairs compared at once, some 40 MB
QUERIES = 32e6  # bytes
MARGIN = 1e-3  # px: more than the rounding of places, which are shifted by label


def claims(matches: Matches, chains: bool) -> Tensor:
    """Return for each box the best one that claims it: the first that it matches.

    Args:
        matches: Of boxes sorted by score.
        chains: A box that is claimed claims others too. Without, it does not, and the boxes that
            no better one claims are those that non-maximum suppression keeps.

    Returns:
        ``(N,)`` indices; a box that nobody claims has its own.
    """
    index = torch.arange(len(matches), device=matches.places.device)
    claimed, free = index.clone(), torch.ones_like(index, dtype=torch.bool)
    start, size = 0, FIRST
    while start < len(index):
        better = index[start : start + size]
        if not chains:
            better = better[free[better]]
            within = [torch.stack(pair) for pair in matches.pairs(better, better)]
            if within:
                better = better[resolve(len(better), *torch.cat(within, 1))]
        worse = index[start:][free[start:]]
        for i, j in matches.pairs(better, worse):
            claimed.scatter_reduce_(0, worse[j], better[i], "amin")
            free[worse[j]] = False
        start, size = start + size, min(2 * size, MOST)
    return claimed


class Matches:
    """Boxes that know which of them overlap by more than a threshold.

    Args:
        boxes: ``(N, 4)`` as x1, y1, x2, y2, px, finite.
        labels: ``(N,)``; only boxes of one label match.
        metric: ``iou``, or ``ios``, the intersection over the smaller area.
        threshold: From 0 to 1; a pair matches above it.
    """

    def __init__(self, boxes: Tensor, labels: Tensor, metric: str, threshold: float) -> None:
        self.boxes = boxes.double()
        self.labels = torch.unique(labels, return_inverse=True)[1]
        self.metric, self.threshold = metric, threshold
        self.places, self.sizes = measure(self.boxes)
        if len(boxes):  # labels lie below each other, too far apart for their boxes to meet
            y = self.places[:, 1]
            y += self.labels * (y.max() - y.min() + self.sizes[:, 1].max() + 1)

    def __len__(self) -> int:
        return len(self.boxes)

    def pairs(self, better: Tensor, worse: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield all pairs that match of two sets of boxes, in blocks, as places in the sets.

        Args:
            better: ``(Q,)`` indices of boxes.
            worse: ``(W,)``; of a pair, the worse one has the larger index.
        """
        if len(better) == 0 or len(worse) == 0:
            return
        kind = octaves(self.sizes[worse].amax(1))
        cells = Cells(self.places[worse], kind)
        low, high = span(self.sizes[worse], kind, len(cells.first))
        step = cells.windows_at_once(QUERIES)
        for begin in range(0, len(better), step):
            part = better[begin : begin + step]
            reach = self._reach(self.sizes[part, None], low, high)
            place = self.places[part, None]
            for i, j in cells.pairs(place - reach, place + reach, BLOCK):
                j = cells.order[j]
                hit = self._match(part[i], worse[j])
                yield i[hit] + begin, j[hit]

    def _reach(self, size: Tensor, low: Tensor, high: Tensor) -> Tensor:
        """Bound how far apart in x and y the centers of two boxes are that match.

        With threshold t, sides of an intersection exceed t times the larger of the boxes' sides
        (IoU), or t times that of the box of smaller area (IoS), which is at least the smaller one.
        The bound is piecewise linear in the other box's side, so its largest value is at an end of
        the side's range or where both sides are equal.

        Args:
            size: ``(Q, 1, 2)`` of a box, px.
            low: ``(C, 2)`` least size of the other.
            high: ``(C, 2)`` its largest.
        """
        shared = torch.maximum if self.metric == "iou" else torch.minimum
        other = torch.stack(torch.broadcast_tensors(low, high, size.clamp(low, high)))
        apart = ((size + other) / 2 - self.threshold * shared(size, other)).amax(0)
        return apart + MARGIN

    def _match(self, i: Tensor, j: Tensor) -> Tensor:
        later = (j > i) & (self.labels[i] == self.labels[j])
        return later & (overlap(self.boxes[i], self.boxes[j], self.metric) > self.threshold)


def overlap(first: Tensor, second: Tensor, metric: str) -> Tensor:
    """Return the IoU or IoS of boxes ``(..., 4)``; 0 where an area is 0."""
    low = torch.maximum(first[..., :2], second[..., :2])
    high = torch.minimum(first[..., 2:], second[..., 2:])
    inter = (high - low).clamp(min=0).prod(-1)
    areas = [(box[..., 2:] - box[..., :2]).clamp(min=0).prod(-1) for box in (first, second)]
    whole = areas[0] + areas[1] - inter if metric == "iou" else torch.minimum(*areas)
    return torch.where(inter > 0, inter / whole, 0)
