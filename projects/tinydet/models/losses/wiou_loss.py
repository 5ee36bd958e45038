"""Wise-IoU: 1 - IoU amplified by the distance of the centers, focused on ordinary boxes.

Paper: Wise-IoU, arXiv:2301.10051. Version 1 multiplies ``1 - IoU`` by a factor that grows with the
distance. Version 3 adds a focusing factor, a function of the loss of a pair over the running mean:
the best and the worst pairs have a lower weight than ordinary pairs.
Ours: the momentum is an argument (the paper derives the momentum from the epoch at which AP
flattens).
"""

from __future__ import annotations

import torch
from torch import Tensor

from tinydet.arguments import check_choice, check_number
from tinydet.models.losses import iou_terms as terms
from tinydet.models.losses.box_loss import BoxLoss
from tinydet.registry import MODELS


@MODELS.register_module()
class WIoULoss(BoxLoss):
    r""":math:`\exp(\rho^2 / (c_w^2 + c_h^2)^*)\,(1 - IoU)`, in version 3 times ``r``.

    :math:`r = \beta / (\delta \alpha^{\beta - \delta})` with :math:`\beta = (1 - IoU)^* / m`. A
    star means "without gradient"; ``m`` is the running mean of ``1 - IoU``, a buffer that each
    training call updates first and that checkpoints contain.

    Args:
        version: 1 or 3.
        alpha: Base of the power, above 1; the weight is greatest at
            :math:`\beta = 1 / \ln \alpha`.
        delta: The :math:`\beta` at which ``r`` is 1.
        momentum: Weight of a call in the running mean.
        **kwargs: See :class:`BoxLoss`.

    Raises:
        ValueError: ``version`` is unknown, or ``alpha``, ``delta`` or ``momentum`` is out of range.
    """

    unit = "any"

    def __init__(
        self,
        version: int = 3,
        alpha: float = 1.9,
        delta: float = 3.0,
        momentum: float = 0.01,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        check_choice(self, "version", version, (1, 3))
        check_number(self, "alpha", alpha, "(1, inf)")
        check_number(self, "delta", delta)
        check_number(self, "momentum", momentum, "(0, 1]")
        self.version = version
        self.alpha = alpha
        self.delta = delta
        self.momentum = momentum
        self.register_buffer("mean_loss", torch.tensor(1.0), persistent=version == 3)

    def pairwise(self, pred: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        pairs = terms.box_pairs(pred, target)
        iou = terms.iou(pairs)
        enclosing = (pairs.cw**2 + pairs.ch**2).detach() + terms.EPS
        loss = torch.exp((pairs.dx**2 + pairs.dy**2) / enclosing) * (1 - iou)
        return (loss if self.version == 1 else loss * self.focus(1 - iou)), iou

    @torch.no_grad()
    def focus(self, iou_loss: Tensor) -> Tensor:
        """Return ``r`` of each pair, ``(N,)``; in training, update the running mean first."""
        if self.training and iou_loss.numel():
            self.mean_loss.lerp_(iou_loss.mean().to(self.mean_loss), self.momentum)
        beta = iou_loss / self.mean_loss.clamp(min=terms.EPS)
        return beta / (self.delta * self.alpha ** (beta - self.delta))
