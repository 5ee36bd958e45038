r"""m and n of the similarity distance, from the objects and anchors of a training set.

SimD (arXiv:2407.02394) weighs offsets by their mean over the data set:

.. math:: m = \operatorname{mean} |dx| / (w_g + w_a), \quad
          n = \operatorname{mean} |dy| / (h_g + h_a)

over all pairs of an object and an anchor of its image. Our reading: these means are m and n, not
their reciprocals. The released values for VisDrone, 6.13 and 4.59, have the size of the means
(6.9 and 4.2 for uniform boxes of such sizes on such images) and their order (its images are wide);
with the reciprocals, 0.16 and 0.22, an anchor 100 px away from a 30 px object would be positive.

A level of W x H cells has that many anchors of a shape, but only W different x and H different y,
so the 10^8 pairs of an image take a millisecond.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mmdet.models.task_modules import AnchorGenerator
from torch import Tensor

from tinydet.task_modules.distances import EPS


class MeanOffsets:
    """Running means over images.

    Args:
        generator: Of the anchors.

    Attributes:
        pairs: How many went in.
    """

    def __init__(self, generator: AnchorGenerator) -> None:
        self.generator = generator
        self.total = torch.zeros(2, dtype=torch.float64)
        self.pairs = 0

    def add(self, gts: Tensor, size: Sequence[int]) -> None:
        """Add an image.

        Args:
            gts: ``(M, 4)`` as x1, y1, x2, y2, px, as the assigner gets them.
            size: Height and width with padding, px.
        """
        low, high = gts.double().split(2, 1)
        centres, sides = (low + high) / 2, (high - low).clamp(min=0)
        levels = zip(self.generator.base_anchors, self.generator.strides, strict=True)
        for anchors, strides in levels:
            corner, far = anchors.double().split(2, 1)
            cells = [
                -(-length // stride) for length, stride in zip(size[::-1], strides, strict=True)
            ]
            for axis in (0, 1):
                steps = torch.arange(cells[axis], dtype=torch.float64) * strides[axis]
                at = (corner + far)[:, axis, None] / 2 + steps  # (A, cells)
                offset = (at - centres[:, axis, None, None]).abs()  # (M, A, cells)
                span = (far - corner)[:, axis, None] + sides[:, axis, None, None]
                self.total[axis] += (offset / span.clamp(min=EPS)).sum() * cells[1 - axis]
            self.pairs += len(gts) * len(anchors) * cells[0] * cells[1]

    @property
    def m(self) -> float:
        """Mean horizontal offset."""
        return float(self.total[0]) / self.pairs

    @property
    def n(self) -> float:
        """Mean vertical offset."""
        return float(self.total[1]) / self.pairs
