"""Points sorted by place, so that a rectangle finds its points without a pass over all points.

The points may be any: points of a feature map, some of these, centers of boxes. Long tensors of
pairs are gathered by ``index_select``, which takes a quarter of the time of ``values[index]`` on a
CPU.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor


class Cells:
    """Points in a grid of square cells for each kind of point, with as many cells as points.

    For the priors of an anchor generator, a kind is one base anchor of one level, and a cell is a
    cell of the feature map.

    Args:
        points: ``(N, 2)`` x and y, px, finite, N > 0.
        kind: ``(N,)`` from 0 to C - 1, all of which occur; by default all points are of one kind.

    Attributes:
        order: ``(N,)`` indices of the points, sorted by kind and cell.
        first: ``(C,)`` number of the first cell of each kind.
        starts: ``(cells + 1,)``: cell c holds the sorted points ``starts[c]`` to ``starts[c + 1]``.
        ends: ``(C,)`` end of each kind among the sorted points.
        origin: ``(C, 2)`` corner of each grid, px.
        cell: ``(C, 1)`` side of the cells, px.
        shape: ``(C, 2)`` columns and rows of each grid.
    """

    def __init__(self, points: Tensor, kind: Tensor | None = None) -> None:
        points = points.double()
        kind = torch.zeros_like(points[:, 0], dtype=torch.long) if kind is None else kind
        count = torch.bincount(kind)
        self.origin, far = span(points, kind, len(count))
        self.cell = _cell_side(far - self.origin, count)[:, None]
        # Moves the points of a regular grid off the borders of cells, whatever the rounding.
        self.origin -= 1e-3 * self.cell
        self.shape = ((far - self.origin) / self.cell).floor().long() + 1
        cells = self.shape.prod(1)
        self.first = cells.cumsum(0) - cells
        column, row = ((points - self.origin[kind]) / self.cell[kind]).floor().long().unbind(1)
        number = self.first[kind] + row * self.shape[kind, 0] + column
        self.order = number.argsort(stable=True)
        filled = torch.bincount(number, minlength=int(cells.sum()))
        self.starts = torch.cat([filled.new_zeros(1), filled.cumsum(0)])
        self.ends = count.cumsum(0)

    def windows_at_once(self, memory: float) -> int:
        """Return how many queries of :meth:`pairs` fit in ``memory`` bytes, at least 1."""
        per_query = 256 * len(self.first) + 96 * int(self.shape[:, 1].sum())
        return max(1, int(memory / per_query))

    def pairs(self, low: Tensor, high: Tensor, max_pairs: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield the points of all cells that touch the rectangles of each query.

        A query is a rectangle for each kind; an empty one (``high < low``) skips the kind.

        Args:
            low: ``(Q, C, 2)`` or ``(Q, 1, 2)`` smallest x and y of the rectangles, float64.
            high: ``(Q, C, 2)`` or ``(Q, 1, 2)`` largest x and y.
            max_pairs: Highest number of pairs in a block. All pairs of a query are in one block,
                even if the query alone has more.

        Yields:
            ``(P,)`` queries, ascending over all blocks, and places in ``order``, ascending within
            a query.
        """
        for query, start, length in self._runs(low, high, max_pairs):
            run = torch.repeat_interleave(length)
            skipped = start - (length.cumsum(0) - length)
            place = torch.arange(len(run), device=run.device) + skipped.index_select(0, run)
            yield query.index_select(0, run), place

    def _runs(
        self, low: Tensor, high: Tensor, max_pairs: int
    ) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """Yield blocks of runs of points, one for each row of cells: query, start, length."""
        low = ((low - self.origin) / self.cell).floor().clamp(min=0)
        high = torch.minimum(((high - self.origin) / self.cell).floor(), (self.shape - 1).double())
        query, kind = (high >= low).all(-1).nonzero().unbind(1)
        low, high = low[query, kind].long(), high[query, kind].long()
        rows = high[:, 1] - low[:, 1] + 1
        window = torch.repeat_interleave(rows)
        row = torch.arange(len(window), device=rows.device)
        row += (low[:, 1] - rows.cumsum(0) + rows).index_select(0, window)
        query, kind = query.index_select(0, window), kind.index_select(0, window)
        left = self.first.index_select(0, kind) + row * self.shape[:, 0].index_select(0, kind)
        begin, end = (
            left + low[:, 0].index_select(0, window),
            left + high[:, 0].index_select(0, window),
        )
        start = self.starts.index_select(0, begin)
        length = self.starts.index_select(0, end + 1) - start
        some = length.nonzero().squeeze(1)
        query, start, length = (part.index_select(0, some) for part in (query, start, length))
        for part in _blocks(query, length, max_pairs):
            yield query[part], start[part], length[part]


def measure(boxes: Tensor) -> tuple[Tensor, Tensor]:
    """Return centers and sizes of boxes, ``(..., 2)``, px, float64; negative sizes count as 0."""
    low, high = boxes.double().split(2, -1)
    return (low + high) / 2, (high - low).clamp(min=0)


def span(values: Tensor, kind: Tensor, kinds: int) -> tuple[Tensor, Tensor]:
    """Return the smallest and the largest of the values ``(N, 2)`` of each kind, ``(C, 2)``."""
    index = kind[:, None].expand(-1, 2)
    smallest, largest = (values.new_full((kinds, 2), start) for start in (torch.inf, -torch.inf))
    smallest.scatter_reduce_(0, index, values, "amin")
    return smallest, largest.scatter_reduce_(0, index, values, "amax")


def numbered(code: Tensor, codes: int) -> Tensor:
    """Renumber codes below ``codes`` from 0 without gaps: ``(N,)`` to ``(N,)``."""
    occurs = torch.bincount(code, minlength=codes) > 0
    return (occurs.cumsum(0) - 1)[code]


def octaves(sides: Tensor) -> Tensor:
    """Number the octaves of sides from 0 without gaps: ``(N,)`` px to ``(N,)``."""
    return numbered(sides.clamp(2**-5, 2**20).log2().floor().long() + 5, 26)


def _cell_side(extent: Tensor, count: Tensor) -> Tensor:
    """Return the side of cells for which each kind has as many cells as points, ``(C,)`` px.

    The side s is the positive root of ``(x + s) (y + s) = n s^2``. A regular grid of w x h points
    with an extent of ``(w - 1) s`` by ``(h - 1) s`` gives its own step s.
    """
    total, area, others = extent.sum(1), extent.prod(1), count - 1
    side = (total + (total**2 + 4 * others * area).sqrt()) / (2 * others)
    return torch.where(total * others > 0, side, 1.0)


def _blocks(query: Tensor, length: Tensor, max_pairs: int) -> Iterator[slice]:
    """Cut runs, which are sorted by query, into blocks of at most ``max_pairs`` between queries."""
    if len(query) == 0:
        return
    last = torch.cat(
        [(query[1:] != query[:-1]).nonzero().squeeze(1), query.new_tensor([len(query) - 1])]
    )
    total = length.cumsum(0)[last]  # pairs up to and with each query
    begin, done, spent = 0, 0, 0
    while begin < len(query):
        done = max(done + 1, int(torch.searchsorted(total, spent + max_pairs, right=True)))
        end = int(last[done - 1]) + 1
        yield slice(begin, end)
        begin, spent = end, int(total[done - 1])
