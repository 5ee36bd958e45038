"""Pairs of boxes with near centers, found without a comparison of all pairs.

Boxes are sorted by rows and by x within a row: the boxes near a box are adjacent in its row, in the
row above and in the row below.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

BLOCK = 1 << 18  # pairs yielded at once; comparing them takes about 50 MB
LIMIT = 1e7  # px; centers beyond the limit are moved to it


class Neighbors:
    """Boxes sorted by group, row and x of their centers.

    Args:
        boxes: ``(N, 4)`` float64, sorted by score.
        groups: ``(N,)``.
        radius: Largest distance of centers, px; rows are at least as high.
    """

    def __init__(self, boxes: Tensor, groups: Tensor, radius: float) -> None:
        centers = ((boxes[:, :2] + boxes[:, 2:]) / 2).nan_to_num(0, LIMIT, -LIMIT)
        centers = centers.clamp(-LIMIT, LIMIT)  # never increases a distance
        self.x, y = (centers - centers.amin(0)).unbind(1)
        radius *= 1 + 1e-9
        row = (y / max(radius, float(y.max()) / 4096)).floor()
        group = torch.unique(groups, return_inverse=True)[1]
        self.row = group * (row.max() + 3) + row  # empty rows between groups
        self.span = self.x.max() + 2 * radius + 1
        self.key, self.order = (self.row * self.span + self.x).sort()
        # Keys of this size are rounded; extra candidates do no harm.
        self.reach = radius + 4e-16 * float(self.key[-1])

    def pairs(self, queries: Tensor, first: int = 0) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield blocks of index pairs (better, worse) of boxes that may be near.

        Args:
            queries: Indices of the better boxes.
            first: Lowest index of a worse box.
        """
        for above in (-1, 0, 1):
            key = (self.row[queries] + above) * self.span + self.x[queries]
            low = torch.searchsorted(self.key, key - self.reach)
            high = torch.searchsorted(self.key, key + self.reach, right=True)
            for part, offset in _blocks(high - low):
                better = queries[part]
                worse = self.order[low[part] + offset]
                later = (worse > better) & (worse >= first)
                yield better[later], worse[later]


def _blocks(counts: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield ``(i, item)`` for ``counts[i]`` items of each i, in blocks of BLOCK or of one i."""
    ends = counts.cumsum(0)
    start = 0
    while start < len(counts):
        done = ends[start - 1] if start else 0
        stop = max(start + 1, int(torch.searchsorted(ends, done + BLOCK, right=True)))
        size = counts[start:stop]
        part = torch.repeat_interleave(torch.arange(start, stop, device=counts.device), size)
        item = torch.arange(len(part), device=counts.device) + done
        yield part, item - (ends - counts)[part]
        start = stop
