"""Pairs of boxes whose centers are near each other, without looking at all pairs.

Boxes are sorted by rows and by x within a row: those near one are side by side in its own row, the
one above and the one below.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

BLOCK = 1 << 18  # pairs yielded at once; to compare them takes about 50 MB
LIMIT = 1e7  # px: centers beyond it, and those that are not finite, share a place


class Neighbors:
    """Boxes sorted by group, row and x of their centers.

    Args:
        boxes: ``(N, 4)`` float64, sorted by score.
        groups: ``(N,)``.
        radius: Farthest centers of interest, px; rows are at least that high.
    """

    def __init__(self, boxes: Tensor, groups: Tensor, radius: float) -> None:
        centers = ((boxes[:, :2] + boxes[:, 2:]) / 2).nan_to_num(0, LIMIT, -LIMIT)
        centers = centers.clamp(-LIMIT, LIMIT)  # moves no two of them apart
        self.x, y = (centers - centers.amin(0)).unbind(1)
        radius *= 1 + 1e-9
        row = (y / max(radius, float(y.max()) / 4096)).floor()
        group = torch.unique(groups, return_inverse=True)[1]
        self.row = group * (row.max() + 3) + row  # empty rows between groups
        self.span = self.x.max() + 2 * radius + 1
        self.key, self.order = (self.row * self.span + self.x).sort()
        # Keys of this size are rounded; a candidate too many does no harm.
        self.reach = radius + 4e-16 * float(self.key[-1])

    def pairs(self, queries: Tensor, first: int = 0) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield index pairs (better, worse) that may be near, in blocks.

        Args:
            queries: Indices of the better boxes.
            first: Worse boxes have at least this index.
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
    """Number ``counts[i]`` items of each i: yield (i, item), at most BLOCK (or one i) at once."""
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
