"""Points sorted by place, so that a rectangle finds those inside without looking at the others.

Nothing is assumed about the points: those of a feature map, less some of them, centers of boxes.
Where there are many pairs they are gathered by ``index_select``, which takes a quarter of the time
of ``values[index]`` on a CPU.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor


class Cells:
    """Points in square cells, as many as there are points, over each kind of them.

    Of an anchor generator's priors a kind is one base anchor of one level, and a cell is a cell of
    the feature map.

    Args:
        points: ``(N, 2)`` x and y, px, finite, N > 0.
        kind: ``(N,)`` from 0 to C - 1, each of which occurs; one kind by default.

    Attributes:
        order: ``(N,)`` the points' indices in the order of kinds and cells.
        first: ``(C,)`` number of a kind's first cell.
        starts: ``(cells + 1,)``: of the sorted points, cell c holds ``starts[c]`` to
            ``starts[c + 1]``.
        ends: ``(C,)`` where a kind's points end among the sorted ones.
        origin: ``(C, 2)`` px.
        cell: ``(C, 1)`` side of a cell, px.
        shape: ``(C, 2)`` columns and rows.
    """

    def __init__(self, points: Tensor, kind: Tensor | None = None) -> None:
        points = points.double()
        kind = torch.zeros_like(points[:, 0], dtype=torch.long) if kind is None else kind
        count = torch.bincount(kind)
        self.origin, far = span(points, kind, len(count))
        self.cell = _cell_side(far - self.origin, count)[:, None]
        # The points of a regular grid, rounded, are a little right of and below a cell's corner.
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
        """Return how many queries :meth:`pairs` takes in at most ``memory`` bytes, at least one."""
        per_query = 256 * len(self.first) + 96 * int(self.shape[:, 1].sum())
        return max(1, int(memory / per_query))

    def pairs(self, low: Tensor, high: Tensor, most: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield the points of all cells that a query's rectangles touch.

        Args:
            low: ``(Q, C, 2)`` or ``(Q, 1, 2)`` least x and y of interest, of each kind, float64.
            high: The largest; a kind is left out where one of them is below ``low``.
            most: Pairs in a block, all those of a query being in one block.

        Yields:
            ``(P,)`` queries, ascending over all blocks, and places in ``order``, ascending within
            a query.
        """
        for query, start, length in self._runs(low, high, most):
            run = torch.repeat_interleave(length)
            skipped = start - (length.cumsum(0) - length)
            place = torch.arange(len(run), device=run.device) + skipped.index_select(0, run)
            yield query.index_select(0, run), place

    def _runs(
        self, low: Tensor, high: Tensor, most: int
    ) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """Yield blocks of runs of the sorted points, one a row of cells: query, start, length."""
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
        for part in _blocks(query, length, most):
            yield query[part], start[part], length[part]


def measure(boxes: Tensor) -> tuple[Tensor, Tensor]:
    """Return centers and sizes ``(..., 2)``, px, float64; negative sizes count as 0."""
    low, high = boxes.double().split(2, -1)
    return (low + high) / 2, (high - low).clamp(min=0)


def span(values: Tensor, kind: Tensor, kinds: int) -> tuple[Tensor, Tensor]:
    """Return the least and the largest of the values ``(N, 2)`` of each kind, ``(C, 2)``."""
    index = kind[:, None].expand(-1, 2)
    least, largest = (values.new_full((kinds, 2), start) for start in (torch.inf, -torch.inf))
    least.scatter_reduce_(0, index, values, "amin")
    return least, largest.scatter_reduce_(0, index, values, "amax")


def numbered(code: Tensor, codes: int) -> Tensor:
    """Number the codes below ``codes`` that occur from 0: ``(N,)`` to ``(N,)``."""
    occurs = torch.bincount(code, minlength=codes) > 0
    return (occurs.cumsum(0) - 1)[code]


def octaves(sides: Tensor) -> Tensor:
    """Number the octaves of sides that occur: ``(N,)`` px to ``(N,)``."""
    return numbered(sides.clamp(2**-5, 2**20).log2().floor().long() + 5, 26)


def _cell_side(extent: Tensor, count: Tensor) -> Tensor:
    """Return ``(C,)`` px such that a kind has as many cells as points.

    Of a regular grid with w x h points over an extent of ``(w - 1) s`` by ``(h - 1) s`` that is s:
    the positive root of ``(x + s) (y + s) = n s^2``.
    """
    total, area, others = extent.sum(1), extent.prod(1), count - 1
    side = (total + (total**2 + 4 * others * area).sqrt()) / (2 * others)
    return torch.where(total * others > 0, side, 1.0)


def _blocks(query: Tensor, length: Tensor, most: int) -> Iterator[slice]:
    """Cut runs, sorted by query, between queries, such that a block has few enough pairs."""
    if len(query) == 0:
        return
    last = torch.cat(
        [(query[1:] != query[:-1]).nonzero().squeeze(1), query.new_tensor([len(query) - 1])]
    )
    total = length.cumsum(0)[last]  # pairs up to and with each query
    begin, done, spent = 0, 0, 0
    while begin < len(query):
        done = max(done + 1, int(torch.searchsorted(total, spent + most, right=True)))
        end = int(last[done - 1]) + 1
        yield slice(begin, end)
        begin, spent = end, int(total[done - 1])
