"""RSIoU: SIoU with one centre distance, a corrected direction and focusing by the penalty.

Paper: LR-Net, CMC 85(2) 2025, doi 10.32604/cmc.2025.067763, Eq. 10-15. Each of the three parts
has its switch, because the paper's Table 4 ablates them; with all of them off it is SIoU
(arXiv:2205.12740).
Ours, where the paper is silent: the focusing factor is detached, its IoU is clamped from below
and the factors of a call are divided by their mean.
"""

from __future__ import annotations

import torch
from mmengine.logging import MessageHub
from torch import Tensor

from tinydet.models.losses import iou_terms as terms
from tinydet.models.losses.box_loss import BoxLoss
from tinydet.registry import MODELS

FOCAL_MODES = ("angle", "distance")


@MODELS.register_module()
class RSIoULoss(BoxLoss):
    r"""``1 - IoU + ((distance + shape) / 2 + eps)^alpha``, times a focusing factor.

    Args:
        center_distance: Part 1: the distance cost uses :math:`\rho_z` of the centres in place of
            SIoU's sum over x and y.
        corrected_angle: Part 2: steepness :math:`\gamma = \Lambda^2 + 1` in place of
            :math:`2 - \Lambda`, so that at equal distance a box at 45 degrees costs more than
            one on an axis; in SIoU it is the reverse.
        focal: Part 3: exponent ``e`` of the factor :math:`IoU^e`: ``"angle"``
            (:math:`\Lambda^2 - 2`), ``"distance"`` (minus the distance cost), a number, or
            ``None`` for no focusing. Negative exponents weigh poor boxes more than good ones.
        alpha: Exponent on the penalty; the paper's best is 0.5, and 1 switches it off.
        iou_floor: Lower bound of the IoU in the factor, which is infinite at 0.
        focal_normalize: Divide the factors of a call by their mean: the emphasis is relative, the
            size of the loss stays.
        eps: Keeps the slope of the root finite where boxes are equal.
        **kwargs: See :class:`BoxLoss`.

    Boxes are ``xyxy`` or ``cxcywh`` in any unit: all terms are ratios.

    Raises:
        ValueError: Unknown ``focal``; ``alpha`` or ``iou_floor`` outside (0, 1].
    """

    def __init__(
        self,
        center_distance: bool = True,
        corrected_angle: bool = True,
        focal: str | float | None = "angle",
        alpha: float = 0.5,
        iou_floor: float = 0.1,
        focal_normalize: bool = True,
        eps: float = 1e-7,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        if isinstance(focal, str) and focal not in FOCAL_MODES:
            raise ValueError(f"RSIoULoss: focal={focal!r} is none of {FOCAL_MODES}, number, None")
        for name, value in (("alpha", alpha), ("iou_floor", iou_floor)):
            if not 0 < value <= 1:
                raise ValueError(f"RSIoULoss: {name}={value} is outside (0, 1]")
        self.center_distance = center_distance
        self.corrected_angle = corrected_angle
        self.focal = focal
        self.alpha = alpha
        self.iou_floor = iou_floor
        self.focal_normalize = focal_normalize
        self.eps = eps

    def pairwise(self, pred: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        pairs = terms.box_pairs(pred, target)
        iou = terms.iou(pairs)
        angle = terms.angle_cost(pairs)
        gamma = angle**2 + 1 if self.corrected_angle else 2 - angle
        cost = terms.center_distance_cost if self.center_distance else terms.axis_distance_cost
        distance = cost(pairs, gamma)
        penalty = (distance + terms.shape_cost(pairs)) / 2
        loss = 1 - iou + (penalty if self.alpha == 1 else (penalty + self.eps) ** self.alpha)
        if self.focal is not None:
            loss = loss * self.focal_factor(iou, angle, distance)
        return loss, iou

    @torch.no_grad()
    def focal_factor(self, iou: Tensor, angle: Tensor, distance: Tensor) -> Tensor:
        """Return ``(N,)`` factors (Eq. 14-15) and log their mean before normalisation."""
        exponents = {"angle": angle**2 - 2, "distance": -distance}
        exponent = exponents.get(self.focal, self.focal)
        factor = iou.clamp(min=self.iou_floor) ** exponent
        if factor.numel() == 0:
            return factor
        mean = factor.mean()
        MessageHub.get_current_instance().update_scalar("train/focal_factor", mean)
        return factor / mean if self.focal_normalize else factor
