"""SFL, the scale-feedback loss (also SAL): the smaller an object, the higher its weight.

Paper: Scale-Aware Relay and Scale-Adaptive Loss, arXiv:2511.09891, Eq. 3-5.
Ours, where the paper is silent: areas are in px²; if all areas are equal, every object has the
weight of the smallest; the L1 part is in pixels too.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from tinydet.arguments import check_number
from tinydet.models.losses import iou_terms as terms
from tinydet.models.losses.box_loss import BoxLoss
from tinydet.registry import MODELS


@MODELS.register_module()
class SFLLoss(BoxLoss):
    r""":math:`\beta \ln(2 - s_i)\,(1 - IoU_i^2)` plus a part of L1.

    :math:`s_i` is the area of object i, min-max normalized over the matched objects of the call:
    the smallest object has the weight :math:`\beta \ln 2` (2 by default), the largest 0. The
    gradient of :math:`1 - IoU^2` vanishes at an IoU of 0, so the L1 part alone trains boxes that
    barely overlap, and the largest object.

    A call should contain the whole batch, as in YOLOX, YOLOv8, FCOS and the R-CNN heads. YOLOv5,
    RPN, RetinaNet and ATSS call the loss once for each pyramid level. There the head must first
    pass all matched objects to :meth:`set_area_range`, or the config must give a fixed
    ``area_range``; else the weight of an object depends on its level.

    Args:
        beta: The paper tries 1, 1 / ln 2 and 2 / ln 2; the last is best.
        l1_weight: Factor on ``|dx| + |dy| + |dw| + |dh|``, px. The paper's sum is ``L1 + a SFL``
            with ``a`` the weight of the host's IoU loss. Here ``loss_weight`` multiplies both
            parts, so the default is 1 / 5 (YOLOX's ``a`` is 5) for an L1 in YOLOX's finest cells of
            8 px. With 0.2 per px the L1 part outweighed the rest: YOLOX-n on the synthetic images,
            14 epochs, AP 7.4 against 10.4 with 0.02. Set 0 for a host with an L1 loss of its own in
            the same run, such as YOLOX after its mode switch.
        area_range: Smallest and largest area, px², in place of the range of the call. Areas are
            clamped to the range, and :meth:`set_area_range` has no effect. Without ``area_range``
            the range is that of the matched objects of a process: on several GPUs each process has
            its own part of the batch, so the weights depend a little on the number of GPUs.
        normalize: Divide the weights of the objects by their mean over the call, so that
            ``loss_weight`` is the mean weight of an object, as in the host's IoU loss. Ours, to
            tell the weighting by size from that of the box loss as a whole. In a head that calls
            the loss once for each level the mean is that of the level.
        **kwargs: See :class:`BoxLoss`.

    Boxes are in pixels of the network input, because the areas in grid cells are alike on all
    levels. YOLOv5 and YOLOv8 need the heads of this project.

    Raises:
        ValueError: ``beta`` is not positive, ``l1_weight`` is negative, or ``area_range`` is not an
            interval.
    """

    unit = "pixels"
    needs_batch_areas = True

    def __init__(
        self,
        beta: float = 2 / math.log(2),
        l1_weight: float = 0.025,
        area_range: tuple[float, float] | None = None,
        normalize: bool = False,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        check_number(self, "beta", beta)
        check_number(self, "l1_weight", l1_weight, "[0, inf)")
        if area_range is not None and not 0 <= area_range[0] < area_range[1]:
            raise ValueError(
                f"SFLLoss: area_range={area_range!r} is not an interval of areas in px²"
            )
        self.beta = beta
        self.l1_weight = l1_weight
        self.area_range = area_range
        self.is_fixed = area_range is not None
        self.normalize = normalize

    def set_area_range(self, targets: Tensor) -> None:
        """Set the range of areas for the next calls.

        Heads that call the loss once for each level call this first in every iteration.

        Args:
            targets: ``(N, 4)`` boxes as x1, y1, x2, y2, px; without boxes the range is unchanged.
        """
        if len(targets) and not self.is_fixed:
            width, height = (targets[:, 2:] - targets[:, :2]).float().clamp(min=0).unbind(-1)
            self.area_range = tuple((width * height).aminmax())

    def relative_area(self, area: Tensor) -> Tensor:
        """Return :math:`s_i` of areas in px², ``(N,)`` in [0, 1]; 0 if all areas are equal."""
        if len(area) == 0:
            return area
        smallest, largest = self.area_range or area.aminmax()
        # If all areas are equal, the numerator is 0.
        span = torch.as_tensor(largest - smallest).to(area).clamp(min=terms.EPS)
        return ((area - smallest) / span).clamp(0, 1)

    def pairwise(self, pred: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        pairs = terms.box_pairs(pred, target)
        iou = terms.iou(pairs)
        size_weight = self.beta * torch.log(2 - self.relative_area(pairs.wg * pairs.hg))
        if self.normalize and len(size_weight):
            # All weights are 0 if every object is as large as a fixed range allows, or larger.
            size_weight = size_weight / size_weight.mean().clamp(min=terms.EPS)
        loss = size_weight * (1 - iou**2)
        if self.l1_weight:
            shift = pairs.dx.abs() + pairs.dy.abs()
            growth = (pairs.wp - pairs.wg).abs() + (pairs.hp - pairs.hg).abs()
            loss = loss + self.l1_weight * (shift + growth)
        return loss, iou
