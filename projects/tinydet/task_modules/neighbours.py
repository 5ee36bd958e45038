"""Pairs of boxes near each other that match, found without looking at all pairs.

Boxes of an octave of size lie in rows as high as the largest of them, sorted by x within a row.
Those that can match another box are side by side in a few rows, however unevenly boxes are spread.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from tinydet.task_modules.cells import measure, octaves, span

BLOCK = 1 << 18  # pairs compared at once, some 50 MB
QUERIES = 512  # boxes whose rows are looked up at once
ROWS = 4096  # of an octave at most
LIMIT = 1e7  # px: places and sizes beyond it, and those that are not finite, count as it


class Neighbours:
    """Boxes that know which of them match; a subclass says when.

    Args:
        boxes: ``(N, 4)`` as x1, y1, x2, y2, px, best first.
        groups: ``(N,)``; only boxes of one group match.
    """

    def __init__(self, boxes: Tensor, groups: Tensor) -> None:
        self.boxes, self.device = boxes.double(), boxes.device
        self.groups = torch.unique(groups, return_inverse=True)[1]
        center, size = measure(self.boxes)
        self.center = center.nan_to_num(0, LIMIT, -LIMIT).clamp(-LIMIT, LIMIT)
        self.size = size.nan_to_num(0, LIMIT, 0).clamp(0, LIMIT)

    def __len__(self) -> int:
        return len(self.boxes)

    def reach(self, size: Tensor, low: Tensor, high: Tensor) -> Tensor:
        """Bound how far apart in x and y the centers of two boxes are that match, px.

        Args:
            size: ``(Q, 1, 2)`` width and height of one.
            low: ``(C, 2)`` least width and height of the other.
            high: ``(C, 2)`` its largest.

        Returns:
            ``(Q, C, 2)``, or what can be broadcast to it; negative where none match.
        """
        raise NotImplementedError

    def match(self, i: Tensor, j: Tensor) -> Tensor:
        """Tell which pairs of boxes match, given by index, groups aside: bools."""
        raise NotImplementedError

    def rows(self, index: Tensor) -> Rows | None:
        """Sort some of the boxes, for :meth:`pairs`; None where they are none."""
        if len(index) == 0:
            return None
        return Rows(index, self.center[index], self.size[index], self.groups[index])

    def pairs(self, better: Tensor, rows: Rows | None) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield all pairs that match, in blocks: indices of the better and of the worse box.

        Args:
            better: ``(Q,)`` indices of boxes.
            rows: The worse ones; of a pair, theirs is the larger index.
        """
        for part in better.split(QUERIES) if rows else ():
            reach = self.reach(self.size[part, None], rows.low, rows.high)
            for i, j in rows.around(self.center[part], self.groups[part], reach):
                i = part[i]
                hit = (j > i) & (self.groups[i] == self.groups[j])
                i, j = i[hit], j[hit]
                hit = self.match(i, j)
                yield i[hit], j[hit]


class Rows:
    """Boxes sorted by octave of size, group, row and x.

    Attributes:
        low: ``(C, 2)`` least width and height of each octave, px.
        high: ``(C, 2)`` the largest.
    """

    def __init__(self, index: Tensor, center: Tensor, size: Tensor, groups: Tensor) -> None:
        octave = octaves(size.amax(1))
        count = int(octave.max()) + 1
        self.low, self.high = span(size, octave, count)
        self.origin = center.amin(0)
        x, y = (center - self.origin).unbind(1)
        self.height = self.high.amax(1).clamp(min=max(1, float(y.max()) / ROWS))  # (C,) px
        self.rows = (y.max() / self.height).floor() + 1  # (C,) of a group
        total = self.rows * (groups.max() + 1)
        self.first = total.cumsum(0) - total  # (C,)
        self.width = x.max() + 1
        row = self._row(octave, groups, (y / self.height[octave]).floor())
        self.key, order = (row * self.width + x).sort()
        self.order = index[order]
        self.rounding = 4e-16 * float(self.key[-1])

    def _row(self, octave: Tensor, group: Tensor, row: Tensor) -> Tensor:
        return self.first[octave] + group * self.rows[octave] + row

    def around(
        self, center: Tensor, groups: Tensor, reach: Tensor
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield queries and indices of boxes near them; some are farther, or of another group.

        Args:
            center: ``(Q, 2)`` px.
            groups: ``(Q,)``.
            reach: ``(Q, C, 2)`` px, or what can be broadcast to it.
        """
        place = (center - self.origin)[:, None]
        low, high = place - reach, place + reach
        shape = (len(center), len(self.height))
        first = (low[..., 1] / self.height).floor().clamp(min=0).expand(shape)
        last = torch.minimum((high[..., 1] / self.height).floor(), self.rows - 1).expand(shape)
        count = torch.where((reach >= 0).all(-1), last - first + 1, 0).clamp(min=0).long()
        pair = torch.repeat_interleave(count.flatten())
        query, octave = pair // shape[1], pair % shape[1]
        step = torch.arange(len(pair), device=pair.device)
        step = step - (count.flatten().cumsum(0) - count.flatten())[pair]
        row = self._row(octave, groups[query], first[query, octave] + step) * self.width
        left, right = (side[..., 0].expand(shape)[query, octave] for side in (low, high))
        begin = torch.searchsorted(self.key, row + left.clamp(min=0) - self.rounding)
        right = torch.minimum(right, self.width)
        end = torch.searchsorted(self.key, row + right + self.rounding, right=True)
        for part, item in _blocks((end - begin).clamp(min=0)):
            yield query[part], self.order[begin[part] + item]


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
