"""All pairs of a prior and an object that reach a similarity, without a comparison of all pairs.

An 800x800 image with anchors from stride 4 has 160,000 priors; with 2,600 objects a table of all
similarities would take 1.7 GB, and the temporaries ten times as much. A lowest similarity bounds
the distance of a prior (:meth:`Similarity.reach`). So the priors are sorted by place once, and each
object is compared with the priors in a window around the object.

The windows are exact for any priors: anchors of a generator, anchors inside the image, proposals.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from tinydet.task_modules.cells import Cells, measure, numbered, span
from tinydet.task_modules.similarities import Similarity

TINY = torch.finfo(torch.float64).tiny  # lower similarities count as 0
BYTES_PER_PAIR = 384  # temporaries of a prior and an object
STEPS = 2  # size classes in an octave
MARGIN = 1e-6  # px, and relative; more than the rounding of an offset


class Windows:
    """Priors sorted by size and place.

    Priors whose width and height agree to half an octave form a class, which has a grid of square
    cells (:class:`Cells`). For the priors of an anchor generator, a class is one base anchor of one
    level, and a cell is a cell of the feature map.

    Args:
        priors: ``(N, 4)`` as x1, y1, x2, y2, finite, N > 0.
        similarity: Compares priors with objects.
        memory_limit_mb: Memory limit for temporaries, MB; at least one object is compared at a
            time.
    """

    def __init__(self, priors: Tensor, similarity: Similarity, memory_limit_mb: float) -> None:
        self.similarity = similarity
        self.bytes = memory_limit_mb * 2**20
        centers, sizes = measure(priors)
        kind = _class_of(sizes)  # (N,) numbered 0 to C - 1
        self.cells = Cells(centers, kind)
        self.low, self.high = span(sizes, kind, len(self.cells.first))  # (C, 2) px
        self.boxes = priors[self.cells.order]

    def pairs(self, gts: Tensor, floor: Tensor) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """Yield all pairs that reach a similarity; all pairs of an object are in one block.

        Args:
            gts: ``(M, 4)`` objects.
            floor: ``(M,)`` lowest similarity for each object, float64. Pairs of similarity 0 are
                never yielded.

        Yields:
            ``(P,)`` indices of objects, ascending over all blocks, of priors, and similarities.
        """
        floor = floor.clamp(min=TINY)
        max_pairs = max(1, int(self.bytes / BYTES_PER_PAIR))
        step = self.cells.windows_at_once(self.bytes)
        for begin in range(0, len(gts), step):
            center, size = measure(gts[begin : begin + step, None])
            bound = floor[begin : begin + step, None]
            reach = self.similarity.reach(bound, size, self.low, self.high)  # (m, C, 2)
            reach = reach * (1 + MARGIN) + MARGIN
            for gt, place in self.cells.pairs(center - reach, center + reach, max_pairs):
                gt = gt + begin
                value = self.similarity.aligned(
                    self.boxes.index_select(0, place), gts.index_select(0, gt)
                )
                near = (value >= floor.index_select(0, gt)).nonzero().squeeze(1)
                place = place.index_select(0, near)
                yield gt.index_select(0, near), self.cells.order[place], value[near]

    def bound(self, gts: Tensor, k: int) -> Tensor:
        """Return similarities that at least k priors reach for each object, ``(M,)``; 0 if N < k.

        A bound is the k-th largest similarity among a few priors of each class around the object.
        """
        classes = len(self.cells.first)
        per_row = max(2, -(-k // classes))
        step = max(1, int(self.bytes / (BYTES_PER_PAIR * classes * 2 * per_row)))
        return torch.cat([self._bound(part, k, per_row) for part in gts.split(step)])

    def _bound(self, gts: Tensor, k: int, per_row: int) -> Tensor:
        cells = self.cells
        center, _ = measure(gts[:, None])
        place = ((center - cells.origin) / cells.cell).floor().clamp(min=0)  # (m, C, 2)
        column, row = torch.minimum(place, (cells.shape - 1).double()).long().unbind(-1)
        # per_row priors from the object's cell on, and as many from the cell below. Both ranges are
        # shifted to stay apart and inside the class.
        below = torch.minimum(row + 1, cells.shape[:, 1] - 1)
        begin, end = torch.cat([cells.ends.new_zeros(1), cells.ends[:-1]]), cells.ends
        upper, lower = (
            cells.starts[cells.first + at * cells.shape[:, 0] + column] for at in (row, below)
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


def _class_of(sizes: Tensor) -> Tensor:
    """Number the size classes from 0 without gaps: ``(N, 2)`` to ``(N,)``."""
    # 0.29 keeps the usual sides, powers of the square and cube roots of 2, off the borders.
    octave = (sizes.clamp(2**-5, 2**20).log2() * STEPS + 0.29).floor().long() + 5 * STEPS
    classes = 25 * STEPS + 1  # of a side
    code = octave[:, 0] * classes + octave[:, 1]
    return numbered(code, classes * classes)
