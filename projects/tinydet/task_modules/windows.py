"""The pairs of prior and object that can matter, found without looking at the others.

An 800x800 image with anchors from stride 4 has 160,000 priors; with 2,600 objects a table of all
similarities would be 1.7 GB and its temporaries ten times that. The similarity of interest bounds
the distance of a prior (:meth:`Similarity.reach`), so the priors are sorted by place once, and each
object asks for a window around itself.

Nothing is assumed about the priors, so the windows are exact for any of them: anchors of a
generator, anchors less those that leave the image, proposals.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from tinydet.task_modules.similarities import Similarity

TINY = torch.finfo(torch.float64).tiny  # a similarity below it counts as 0
BYTES_PER_PAIR = 384  # of a prior and an object, all temporaries together
STEPS = 2  # classes of size an octave
MARGIN = 1e-6  # px, and as a share: more than the rounding of an offset


class Windows:
    """Priors sorted by size and place.

    Priors whose width and height agree to half an octave form a class, and a grid of square cells,
    as many as priors, lies over the centres of a class. Of an anchor generator's priors a class is
    one base anchor of one level, and a cell is a cell of the feature map.

    Args:
        priors: ``(N, 4)`` as x1, y1, x2, y2, finite, N > 0.
        similarity: What is compared.
        memory_limit_mb: Most memory for temporaries, MB; at least one object is compared at once.
    """

    def __init__(self, priors: Tensor, similarity: Similarity, memory_limit_mb: float) -> None:
        self.similarity = similarity
        self.bytes = memory_limit_mb * 2**20
        centres, sizes = _measure(priors)
        kind = _class_of(sizes)  # (N,) numbered 0 to C - 1
        count = torch.bincount(kind)
        self.low, self.high = _span(sizes, kind, len(count))  # (C, 2) px
        self.origin, far = _span(centres, kind, len(count))
        self.cell = _cell_side(far - self.origin, count)[:, None]  # (C, 1) px
        # The points of a regular grid, rounded, are a little right of and below a cell's corner.
        self.origin -= 1e-3 * self.cell
        self.shape = ((far - self.origin) / self.cell).floor().long() + 1  # (C, 2) columns, rows
        cells = self.shape.prod(1)
        self.first = cells.cumsum(0) - cells  # (C,) number of a class's first cell
        column, row = ((centres - self.origin[kind]) / self.cell[kind]).floor().long().unbind(1)
        number = self.first[kind] + row * self.shape[kind, 0] + column
        self.order = number.argsort(stable=True)
        self.boxes = priors[self.order]
        # Of the sorted priors, cell c holds starts[c] to starts[c + 1]; the last entry is N.
        filled = torch.bincount(number, minlength=int(cells.sum()))
        self.starts = torch.cat([filled.new_zeros(1), filled.cumsum(0)])
        self.ends = count.cumsum(0)  # (C,) in the sorted priors

    def pairs(self, gts: Tensor, floor: Tensor) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """Yield all pairs of at least some similarity, all those of an object in one block.

        Args:
            gts: ``(M, 4)`` objects.
            floor: ``(M,)`` the lowest similarity of interest of each, float64; a similarity of 0
                is of no interest.

        Yields:
            ``(P,)`` indices of objects, ascending over all blocks, of priors, and similarities.
        """
        floor = floor.clamp(min=TINY)
        most = max(1, int(self.bytes / BYTES_PER_PAIR))
        for gt, start, length in self._runs(gts, floor):
            for part in _blocks(gt, length, most):
                run = torch.repeat_interleave(length[part])
                before = length[part].cumsum(0) - length[part]
                place = torch.arange(len(run), device=run.device) + (start[part] - before)[run]
                owner = gt[part][run]
                value = self.similarity.aligned(self.boxes[place], gts[owner])
                near = value >= floor[owner]
                yield owner[near], self.order[place[near]], value[near]

    def _runs(self, gts: Tensor, floor: Tensor) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """Yield runs of the sorted priors that cover the windows: object, start and length."""
        per_object = 256 * len(self.first) + 96 * int(self.shape[:, 1].sum())
        step = max(1, int(self.bytes / per_object))
        for begin in range(0, len(gts), step):
            centre, size = _measure(gts[begin : begin + step, None])
            bound = floor[begin : begin + step, None]
            reach = self.similarity.reach(bound, size, self.low, self.high)  # (m, C, 2)
            reach = reach * (1 + MARGIN) + MARGIN
            low = ((centre - reach - self.origin) / self.cell).floor().clamp(min=0)
            high = ((centre + reach - self.origin) / self.cell).floor()
            high = torch.minimum(high, (self.shape - 1).double())
            gt, kind = (high >= low).all(-1).nonzero().unbind(1)
            low, high = low[gt, kind].long(), high[gt, kind].long()
            rows = high[:, 1] - low[:, 1] + 1
            window = torch.repeat_interleave(rows)
            row = torch.arange(len(window), device=rows.device)
            row += (low[:, 1] - rows.cumsum(0) + rows)[window]
            gt, kind = gt[window], kind[window]
            left = self.first[kind] + row * self.shape[kind, 0]
            start = self.starts[left + low[window, 0]]
            length = self.starts[left + high[window, 0] + 1] - start
            some = length > 0
            yield gt[some] + begin, start[some], length[some]

    def bound(self, gts: Tensor, k: int) -> Tensor:
        """Return ``(M,)`` similarities that at least k priors reach; 0 where N < k.

        The k-th largest of a few priors of each class around the object's centre.
        """
        per_row = max(2, -(-k // len(self.first)))
        step = max(1, int(self.bytes / (BYTES_PER_PAIR * len(self.first) * 2 * per_row)))
        return torch.cat([self._bound(part, k, per_row) for part in gts.split(step)])

    def _bound(self, gts: Tensor, k: int, per_row: int) -> Tensor:
        centre, _ = _measure(gts[:, None])
        place = ((centre - self.origin) / self.cell).floor().clamp(min=0)  # (m, C, 2)
        column, row = torch.minimum(place, (self.shape - 1).double()).long().unbind(-1)
        # per_row priors from the object's cell on, and as many from the cell below. Both stretches
        # are moved so that they do not overlap and stay among the priors of the class.
        below = torch.minimum(row + 1, self.shape[:, 1] - 1)
        begin, end = torch.cat([self.ends.new_zeros(1), self.ends[:-1]]), self.ends
        upper, lower = (
            self.starts[self.first + at * self.shape[:, 0] + column] for at in (row, below)
        )
        upper = torch.maximum(torch.minimum(upper, end - 2 * per_row), begin)
        lower = torch.maximum(torch.minimum(lower, end - per_row), upper + per_row)
        step = torch.arange(per_row, device=gts.device)
        taken = torch.stack([upper, lower], -1)[..., None] + step  # (m, C, 2, per_row)
        exists = taken < end[:, None, None]
        gt = torch.arange(len(gts), device=gts.device)[:, None, None, None].expand_as(taken)
        value = self.similarity.aligned(
            self.boxes[taken.clamp(max=len(self.boxes) - 1).flatten()], gts[gt.flatten()]
        )
        value = torch.where(exists, value.view_as(taken), 0).flatten(1)
        if value.shape[1] < k:
            return value.new_zeros(len(gts))
        return value.topk(k).values[:, -1]


def _measure(boxes: Tensor) -> tuple[Tensor, Tensor]:
    """Return centres and sizes ``(..., 2)``, px, float64; negative sizes count as 0."""
    low, high = boxes.double().split(2, -1)
    return (low + high) / 2, (high - low).clamp(min=0)


def _class_of(sizes: Tensor) -> Tensor:
    """Number the classes of size that occur: ``(N, 2)`` to ``(N,)``."""
    # 0.29 keeps the usual sides, powers of the square and the cube root of 2, off the borders.
    octave = (sizes.clamp(2**-5, 2**20).log2() * STEPS + 0.29).floor().long() + 5 * STEPS
    most = 25 * STEPS + 1
    code = octave[:, 0] * most + octave[:, 1]
    occurs = torch.bincount(code, minlength=most * most) > 0
    return (occurs.cumsum(0) - 1)[code]


def _span(values: Tensor, kind: Tensor, classes: int) -> tuple[Tensor, Tensor]:
    """Return the least and the largest of the values ``(N, 2)`` of each class, ``(C, 2)``."""
    index = kind[:, None].expand(-1, 2)
    least, largest = (values.new_full((classes, 2), start) for start in (torch.inf, -torch.inf))
    least.scatter_reduce_(0, index, values, "amin")
    return least, largest.scatter_reduce_(0, index, values, "amax")


def _cell_side(extent: Tensor, count: Tensor) -> Tensor:
    """Return ``(C,)`` px such that a class has as many cells as priors.

    Of a regular grid with w x h points over an extent of ``(w - 1) s`` by ``(h - 1) s`` that is s:
    the positive root of ``(x + s) (y + s) = n s^2``.
    """
    total, area, others = extent.sum(1), extent.prod(1), count - 1
    side = (total + (total**2 + 4 * others * area).sqrt()) / (2 * others)
    return torch.where(total * others > 0, side, 1.0)


def _blocks(gt: Tensor, length: Tensor, most: int) -> Iterator[slice]:
    """Cut runs, sorted by object, between objects, such that a block has few enough pairs."""
    if len(gt) == 0:
        return
    last = torch.cat([(gt[1:] != gt[:-1]).nonzero().squeeze(1), gt.new_tensor([len(gt) - 1])])
    total = length.cumsum(0)[last]  # pairs up to and with each object
    begin, done, spent = 0, 0, 0
    while begin < len(gt):
        done = max(done + 1, int(torch.searchsorted(total, spent + most, right=True)))
        end = int(last[done - 1]) + 1
        yield slice(begin, end)
        begin, spent = end, int(total[done - 1])
