"""The losses from IoU to EIoU: each is ``1 - IoU`` plus one or two named terms.

Papers: GIoU, arXiv:1902.09630; DIoU and CIoU, arXiv:1911.08287; EIoU and Focal-EIoU,
arXiv:2101.08158.
Ours differ from the classes of the same names in mmdet 3.3 and mmyolo 0.6: one calling convention;
float32 inside (upstream gives NaN in fp16 from 256 px on); no clamp of the result, which in mmyolo
removes the gradient of boxes far apart; ``IoULoss`` is linear (mmdet's default is the logarithm);
CIoU has the paper's weight at every IoU, as in mmyolo (mmdet's weight is 0 up to an IoU of 0.5);
``EIoULoss`` is *Efficient* IoU (mmdet's is the *Extended* IoU of another paper).
"""

from __future__ import annotations

import torch
from torch import Tensor

from tinydet.arguments import check_number
from tinydet.models.losses import iou_terms as terms
from tinydet.models.losses.penalty_loss import PenaltyLoss
from tinydet.registry import MODELS


@MODELS.register_module()
class IoULoss(PenaltyLoss):
    """``1 - IoU``; disjoint boxes have no gradient."""

    unit = "any"

    def penalty(self, pairs: terms.BoxPairs) -> Tensor:
        return torch.zeros_like(pairs.dx)


@MODELS.register_module()
class GIoULoss(PenaltyLoss):
    """``1 - IoU`` plus the empty fraction of the enclosing box."""

    unit = "any"

    def penalty(self, pairs: terms.BoxPairs) -> Tensor:
        return terms.empty_share(pairs)


@MODELS.register_module()
class DIoULoss(PenaltyLoss):
    """``1 - IoU`` plus the normalized distance of the centers."""

    unit = "any"

    def penalty(self, pairs: terms.BoxPairs) -> Tensor:
        return terms.center_distance(pairs)


@MODELS.register_module()
class CIoULoss(PenaltyLoss):
    r"""DIoU plus the difference of the aspect ratios, :math:`\alpha v`.

    The weight :math:`\alpha = v / (1 - IoU + v)` grows with the overlap and has no gradient.
    """

    unit = "any"

    def penalty(self, pairs: terms.BoxPairs) -> Tensor:
        aspect = terms.aspect_difference(pairs)
        with torch.no_grad():
            weight = aspect / (1 - terms.iou(pairs) + aspect + terms.EPS)
        return terms.center_distance(pairs) + weight * aspect


@MODELS.register_module()
class EIoULoss(PenaltyLoss):
    """DIoU plus the squared differences of the sides over those of the enclosing box."""

    unit = "any"

    def penalty(self, pairs: terms.BoxPairs) -> Tensor:
        return terms.center_distance(pairs) + terms.side_distance(pairs)


@MODELS.register_module()
class FocalEIoULoss(EIoULoss):
    r"""EIoU times :math:`IoU^\gamma`, a higher weight for good boxes than for poor boxes.

    The factor has no gradient and no floor: disjoint boxes are not trained. LR-Net's focusing does
    the reverse: ``EIoULoss(focal="distance")``.

    Args:
        gamma: Exponent, 0 for EIoU.
        focal_normalize: Divide the factors of a call by their mean.
        **kwargs: See :class:`BoxLoss`, except ``focal`` and ``iou_floor``.

    Raises:
        ValueError: ``gamma`` is negative.
    """

    def __init__(self, gamma: float = 0.5, focal_normalize: bool = False, **kwargs) -> None:
        check_number(self, "gamma", gamma, "[0, inf)")
        super().__init__(focal=gamma, iou_floor=0, focal_normalize=focal_normalize, **kwargs)
