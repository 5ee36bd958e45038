"""D3Q's box loss for tiny objects: :mod:`tinydet.task_modules.tiny_l1`."""

from __future__ import annotations

from mmdet.models.losses.utils import weight_reduce_loss
from torch import Tensor, nn

from tinydet.registry import MODELS
from tinydet.task_modules.tiny_l1 import log_sides


@MODELS.register_module()
class TinyL1Loss(nn.Module):
    """L1 of centers and of the logarithms of sides, for the ``loss_bbox`` of DETR heads.

    Args:
        loss_weight: D3Q's default.
    """

    def __init__(self, loss_weight: float = 0.5) -> None:
        super().__init__()
        self.loss_weight = loss_weight

    def forward(
        self,
        pred: Tensor,
        target: Tensor,
        weight: Tensor | None = None,
        avg_factor: float | None = None,
    ) -> Tensor:
        """Return the sum over boxes and their four numbers, over ``avg_factor``: a scalar.

        Args:
            pred: ``(N, 4)`` as cx, cy, w, h in units of the image.
            target: ``(N, 4)``.
            weight: ``(N, 4)``; a row of 0 is a query without an object, whatever its target.
            avg_factor: Objects of the batch; by default the mean is taken.
        """
        distance = (log_sides(pred) - log_sides(target)).abs()
        if distance.numel() == 0:
            return distance.sum()  # a mean over nothing is NaN; this is 0 and has a gradient
        return self.loss_weight * weight_reduce_loss(distance, weight, "mean", avg_factor)
