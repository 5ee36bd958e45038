"""Shape-IoU: SIoU's costs weighted by the shape of the ground truth.

Paper: Shape-IoU, arXiv:2312.17663. An error across the short side of an object reduces the overlap
more than an error along the long side, so the sides of the object weight the two axes.
"""

from __future__ import annotations

from torch import Tensor

from tinydet.arguments import check_number
from tinydet.models.losses import iou_terms as terms
from tinydet.models.losses.penalty_loss import PenaltyLoss
from tinydet.registry import MODELS


@MODELS.register_module()
class ShapeIoULoss(PenaltyLoss):
    r""":math:`1 - IoU + (h'\,dx^2 + w'\,dy^2) / (c_w^2 + c_h^2) + \Omega / 2`.

    :math:`w' = 2 w_g^s / (w_g^s + h_g^s)`, ``h'`` alike; :math:`\Omega` is SIoU's shape cost with
    its :math:`\omega_w` times ``h'`` and its :math:`\omega_h` times ``w'``.

    Args:
        scale: The exponent ``s``. The paper relates ``s`` to the object sizes of the data set; at
            0, the default of the paper's code, both weights are 1.
        **kwargs: See :class:`BoxLoss`.

    Raises:
        ValueError: ``scale`` is negative or not finite.
    """

    unit = "any"

    def __init__(self, scale: float = 0.0, **kwargs) -> None:
        super().__init__(**kwargs)
        check_number(self, "scale", scale, "[0, inf)")
        self.scale = scale

    def penalty(self, pairs: terms.BoxPairs) -> Tensor:
        width = pairs.wg.clamp(min=terms.MIN_SIDE) ** self.scale
        height = pairs.hg.clamp(min=terms.MIN_SIDE) ** self.scale
        along_x, along_y = 2 * height / (width + height), 2 * width / (width + height)
        shift = along_x * pairs.dx**2 + along_y * pairs.dy**2
        distance = shift / (pairs.cw**2 + pairs.ch**2 + terms.EPS)
        return distance + terms.shape_cost(pairs, weights=(along_x, along_y)) / 2
