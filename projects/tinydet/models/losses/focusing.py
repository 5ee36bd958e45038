"""Focusing: weight the pairs of a call by a power of their IoU.

Paper: LR-Net, CMC 85(2) 2025, doi 10.32604/cmc.2025.067763, Eq. 14-15, where the exponent is a
geometric penalty; Focal-EIoU, arXiv:2101.08158, has a constant exponent.
Ours, where LR-Net is silent: the factor is detached, its IoU is clamped from below (the factor of
an IoU of 0 would be infinite), and the factors of a call are divided by their mean. The paper
argues for relative emphasis; a factor of 100 early in training would outweigh the other losses.
"""

from __future__ import annotations

import torch
from mmengine.logging import MessageHub
from torch import Tensor

from tinydet.arguments import check_number

FOCAL_MODES = ("angle", "distance")


class Focusing:
    r"""Factors :math:`IoU^e` of box pairs.

    Args:
        mode: The exponent ``e``: ``"angle"`` for :math:`\Lambda^2 - 2`, ``"distance"`` for
            :math:`-\Delta`, or a number. A negative exponent increases the weight of poor
            boxes, a positive exponent that of good boxes.
        iou_floor: Lower bound of the IoU in the factor; 0 only with an exponent of at least 0.
        normalize: Divide the factors of a call by their mean, which keeps the size of the loss.
            The mean is logged as ``train/focal_factor``.

    Raises:
        ValueError: ``mode`` is unknown, or ``iou_floor`` is out of range.
    """

    def __init__(self, mode: str | float, iou_floor: float = 0.1, normalize: bool = True) -> None:
        is_number = isinstance(mode, int | float) and not isinstance(mode, bool)
        if not is_number and mode not in FOCAL_MODES:
            raise ValueError(f"focal={mode!r} is none of {FOCAL_MODES}, a number or None")
        may_be_zero = is_number and mode >= 0
        interval = "[0, 1]" if may_be_zero else "(0, 1]"
        check_number(f"focal={mode!r}", "iou_floor", iou_floor, interval)
        self.mode = mode
        self.iou_floor = iou_floor
        self.normalize = normalize

    @torch.no_grad()
    def __call__(self, iou: Tensor, angle: Tensor, distance: Tensor) -> Tensor:
        r"""Return ``(N,)`` factors without a gradient.

        Args:
            iou: ``(N,)`` IoU of each pair.
            angle: ``(N,)`` :math:`\Lambda`, see :func:`iou_terms.angle_cost`.
            distance: ``(N,)`` :math:`\Delta`, see :meth:`BoxLoss.distance_cost`.
        """
        exponents = {"angle": angle**2 - 2, "distance": -distance}
        factor = iou.clamp(min=self.iou_floor) ** exponents.get(self.mode, self.mode)
        if factor.numel() == 0:
            return factor
        mean = factor.mean()
        MessageHub.get_current_instance().update_scalar("train/focal_factor", mean)
        # The mean is 0 for disjoint boxes, a positive exponent and no floor.
        return factor / mean.clamp(min=1e-7) if self.normalize else factor
