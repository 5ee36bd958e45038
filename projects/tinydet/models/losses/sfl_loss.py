"""SFL, the scale-feedback loss (also SAL): objects weigh more the smaller they are in the batch.

Paper: Scale-Aware Relay and Scale-Adaptive Loss, arXiv:2511.09891, Eq. 3-5.
Ours, where the paper is silent: areas are pixels; where all areas are equal every object has the
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

    :math:`s_i` is the area of ground truth i, min-max normalized over the matched ground truths of
    the call: the smallest weighs :math:`\beta \ln 2` (2 by default), the largest nothing. The
    gradient of :math:`1 - IoU^2` vanishes with the IoU itself, so boxes that barely overlap, and
    the largest object, are trained by the L1 part alone.

    One call should see the whole batch. It does in YOLOX, YOLOv8, FCOS and the R-CNN heads. YOLOv5,
    RPN, RetinaNet and ATSS call once a pyramid level: there the head must first hand all matched
    objects to :meth:`set_area_range`, or the config give a fixed ``area_range``; without either,
    an object's weight depends on the level it was assigned to.

    Args:
        beta: The paper tries 1, 1 / ln 2 and 2 / ln 2; the last is best.
        l1_weight: Factor on ``|dx| + |dy| + |dw| + |dh|``, px. The paper's sum is ``L1 + a SFL``
            with ``a`` the host's weight of its IoU loss, here ``loss_weight``, which multiplies
            both parts: so the default is 1 / 5, YOLOX's ``a`` being 5, for an L1 in cells of 8 px,
            YOLOX's finest. With 0.2 a pixel the L1 part drowned all else: YOLOX-n on the synthetic
            images, 14 epochs, AP 7.4 against 10.4 with 0.02. 0 where the host has an L1 of its own
            in the same run, as YOLOX has after its mode switch: both would count.
        area_range: Smallest and largest area, px², in place of those of the call. Areas beyond
            them count as the nearer one, and :meth:`set_area_range` changes nothing. Without it the
            range is that of the matched objects of a process: on several GPUs "the batch" is each
            process' part of it, and an object weighs a little differently on another number of
            them.
        **kwargs: See :class:`BoxLoss`.

    Boxes are pixels of the network input: a level's grid cells would make every level's objects
    alike. YOLOv5 and YOLOv8 need the heads of this project.

    Raises:
        ValueError: ``beta`` is not positive, ``l1_weight`` negative, ``area_range`` no interval.
    """

    unit = "pixels"
    needs_batch_areas = True

    def __init__(
        self,
        beta: float = 2 / math.log(2),
        l1_weight: float = 0.025,
        area_range: tuple[float, float] | None = None,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        check_number(self, "beta", beta)
        check_number(self, "l1_weight", l1_weight, "[0, inf)")
        if area_range is not None and not 0 <= area_range[0] < area_range[1]:
            raise ValueError(f"SFLLoss: area_range={area_range!r} is no interval of areas in px²")
        self.beta = beta
        self.l1_weight = l1_weight
        self.area_range = area_range
        self.is_fixed = area_range is not None

    def set_area_range(self, targets: Tensor) -> None:
        """Take the range of areas of the next calls from ``(N, 4)`` boxes x1, y1, x2, y2, px.

        For heads that call the loss once a level; to be called in every iteration. Without boxes
        the range stays as it is.
        """
        if len(targets) and not self.is_fixed:
            width, height = (targets[:, 2:] - targets[:, :2]).float().clamp(min=0).unbind(-1)
            self.area_range = tuple((width * height).aminmax())

    def relative_area(self, area: Tensor) -> Tensor:
        """Return :math:`s_i` of areas in px², ``(N,)`` in [0, 1]; 0 where all are equal."""
        if len(area) == 0:
            return area
        smallest, largest = self.area_range or area.aminmax()
        # Where all are equal the numerator is 0, whatever it is divided by.
        span = torch.as_tensor(largest - smallest).to(area).clamp(min=terms.EPS)
        return ((area - smallest) / span).clamp(0, 1)

    def pairwise(self, pred: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        pairs = terms.box_pairs(pred, target)
        iou = terms.iou(pairs)
        size_weight = torch.log(2 - self.relative_area(pairs.wg * pairs.hg))
        loss = self.beta * size_weight * (1 - iou**2)
        if self.l1_weight:
            shift = pairs.dx.abs() + pairs.dy.abs()
            growth = (pairs.wp - pairs.wg).abs() + (pairs.hp - pairs.hg).abs()
            loss = loss + self.l1_weight * (shift + growth)
        return loss, iou
