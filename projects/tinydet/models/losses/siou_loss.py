"""SIoU: a distance cost steered by the direction between the centers, and a shape cost.

Paper: SIoU Loss, arXiv:2205.12740.
Ours: mmdet 3.3's ``SIoULoss`` subtracts the distance cost by default (``neg_gamma=False``), so that
boxes farther apart have a lower loss; here, as in the paper, they have a higher loss.
"""

from __future__ import annotations

from torch import Tensor

from tinydet.models.losses import iou_terms as terms
from tinydet.models.losses.penalty_loss import PenaltyLoss
from tinydet.registry import MODELS


@MODELS.register_module()
class SIoULoss(PenaltyLoss):
    r""":math:`1 - IoU + (\Delta + \Omega) / 2` with steepness :math:`\gamma = 2 - \Lambda`."""

    unit = "any"

    def distance_cost(self, pairs: terms.BoxPairs) -> Tensor:
        return terms.axis_distance_cost(pairs, 2 - terms.angle_cost(pairs))

    def penalty(self, pairs: terms.BoxPairs) -> Tensor:
        return (self.distance_cost(pairs) + terms.shape_cost(pairs)) / 2
