"""Inner-IoU: the IoU of both boxes scaled about their centers, in any loss of the family.

Paper: Inner-IoU, arXiv:2311.02877: :math:`L + IoU - IoU^{inner}`.
"""

from __future__ import annotations

import torch
from torch import Tensor

from tinydet.arguments import check_number
from tinydet.models.losses import iou_terms as terms
from tinydet.models.losses.penalty_loss import ReplacedIoULoss
from tinydet.registry import MODELS


def inner_iou(pairs: terms.BoxPairs, ratio: float) -> Tensor:
    """Return the IoU of boxes scaled by ``ratio`` about their centers, ``(...)``."""
    scaled = pairs._replace(
        **{side: ratio * getattr(pairs, side) for side in ("wp", "hp", "wg", "hg")},
        overlap_w=_overlap(pairs.dx, ratio * pairs.wp, ratio * pairs.wg),
        overlap_h=_overlap(pairs.dy, ratio * pairs.hp, ratio * pairs.hg),
    )
    return terms.iou(scaled)


def _overlap(shift: Tensor, pred: Tensor, target: Tensor) -> Tensor:
    """Return the length of the intersection of two intervals, whose centers differ by ``shift``."""
    end = torch.minimum(shift + pred / 2, target / 2)
    start = torch.maximum(shift - pred / 2, -target / 2)
    return (end - start).clamp(min=0)


@MODELS.register_module()
class InnerIoULoss(ReplacedIoULoss):
    """A loss with the IoU of scaled boxes in place of the IoU.

    ``dict(type="tinydet.InnerIoULoss", ratio=1.2, loss=dict(type="tinydet.SIoULoss"))``

    Args:
        ratio: Scale of the sides. Above 1, disjoint boxes may have a gradient, which the paper
            advises for poor boxes such as those of tiny objects; below 1, good boxes have a steeper
            gradient. The paper tries 0.5 to 1.5.
        loss: See :class:`ReplacedIoULoss`.
        **kwargs: See :class:`BoxLoss`.

    Raises:
        ValueError: ``ratio`` is not above 0, or ``loss`` is of another form.
    """

    def __init__(
        self, ratio: float = 0.75, loss: dict = dict(type="tinydet.IoULoss"), **kwargs
    ) -> None:
        super().__init__(loss, **kwargs)
        check_number(self, "ratio", ratio)
        self.ratio = ratio

    def overlap(self, pairs: terms.BoxPairs) -> Tensor:
        return inner_iou(pairs, self.ratio)
