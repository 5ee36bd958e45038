"""The calling convention that every box loss here shares.

mmdet's heads call ``loss(pred, target, weight, avg_factor=...)``. mmyolo's heads do the same with
weights ``(N, 1)``; YOLOv5's head also needs the IoU. A subclass computes the loss of each pair of
boxes and inherits the rest.
"""

from __future__ import annotations

from abc import ABCMeta, abstractmethod

import torch
from mmdet.models.losses.utils import weight_reduce_loss
from mmdet.structures.bbox import bbox_cxcywh_to_xyxy
from torch import Tensor, nn

from tinydet.arguments import check_choice
from tinydet.models.losses import iou_terms as terms
from tinydet.models.losses.focusing import Focusing

BOX_FORMATS = ("xyxy", "cxcywh")
REDUCTIONS = ("none", "mean", "sum")
UNITS = ("any", "pixels")


class BoxLoss(nn.Module, metaclass=ABCMeta):
    """A loss over pairs of boxes.

    Attributes:
        unit: ``"any"`` for a loss of ratios, ``"pixels"`` for a loss with an absolute size. Each
            loss must state its unit; :mod:`tinydet.configuration.checks` compares the unit with
            that of the head.
        needs_batch_areas: The loss compares the areas of all matched objects of a batch. A head
            that calls the loss once for each level must call ``set_area_range`` before.

    Args:
        box_format: Format of the head's boxes: ``xyxy``, or ``cxcywh`` in YOLOv5.
        reduction: ``none``, ``mean`` or ``sum``.
        loss_weight: Factor on the reduced loss.
        return_iou: Also return the IoU of each pair, the target of YOLOv5's objectness.
        focal: LR-Net's focusing, a factor on any loss that is a power of the IoU: ``"angle"``,
            ``"distance"``, a number, or ``None`` for no factor; see :class:`Focusing`.
        iou_floor: Lower bound of the IoU in the focusing factor.
        focal_normalize: Divide the focusing factors of a call by their mean.

    Raises:
        ValueError: ``box_format``, ``reduction`` or ``focal`` is unknown, or ``iou_floor`` is out
            of range.
    """

    needs_batch_areas: bool = False

    @property
    @abstractmethod
    def unit(self) -> str:
        """One of :data:`UNITS`, a class attribute of each loss."""

    def __init__(
        self,
        box_format: str = "xyxy",
        reduction: str = "mean",
        loss_weight: float = 1.0,
        return_iou: bool = False,
        focal: str | float | None = None,
        iou_floor: float = 0.1,
        focal_normalize: bool = True,
    ) -> None:
        super().__init__()
        check_choice(self, "box_format", box_format, BOX_FORMATS)
        check_choice(self, "reduction", reduction, REDUCTIONS)
        self.box_format = box_format
        self.reduction = reduction
        self.loss_weight = loss_weight
        self.return_iou = return_iou
        self.focusing = None
        if focal is not None:
            self.focusing = Focusing(focal, iou_floor, focal_normalize)

    @abstractmethod
    def pairwise(self, pred: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        """Return the loss and the IoU, both ``(N,)``, of ``(N, 4)`` boxes x1, y1, x2, y2."""

    def distance_cost(self, pairs: terms.BoxPairs) -> Tensor:
        r"""Return :math:`\Delta` for ``focal="distance"``, ``(N,)``: LR-Net's, Eq. 11."""
        return terms.center_distance_cost(pairs, terms.corrected_gamma(pairs))

    def forward(
        self,
        pred: Tensor,
        target: Tensor,
        weight: Tensor | None = None,
        avg_factor: float | None = None,
        reduction_override: str | None = None,
    ) -> Tensor | tuple[Tensor, Tensor]:
        """Compare ``(N, 4)`` predictions with ``(N, 4)`` targets, pair by pair.

        Args:
            pred: Boxes in ``box_format``.
            target: Boxes in ``box_format``.
            weight: ``(N,)``, ``(N, 1)`` or ``(N, 4)``, of which each row is averaged. Rows of
                weight 0 are dropped first (mmdet's anchor heads pass all anchors), so that they
                have no effect on means and ranges over a call.
            avg_factor: Divisor of the sum if the reduction is ``mean``.
            reduction_override: Replaces ``reduction`` for this call.

        Returns:
            The loss, ``(N,)`` or a scalar; with ``return_iou`` also the IoU, ``(N,)``. Half
            precision gives float32.
        """
        reduction = reduction_override or self.reduction
        check_choice(self, "reduction_override", reduction, REDUCTIONS)
        if weight is not None and weight.dim() > 1:
            weight = weight.mean(-1)
        if weight is None:
            loss, iou = self._focused(pred, target)
        else:
            matched = weight != 0
            each = self._focused(pred[matched], target[matched])
            loss, iou = (_scattered(values, matched) for values in each)
        if loss.numel() == 0 and reduction != "none":
            loss = loss.sum()  # a mean over nothing is NaN; this is 0 and still has a gradient
        else:
            loss = weight_reduce_loss(loss, weight, reduction, avg_factor)
        loss = self.loss_weight * loss
        return (loss, iou) if self.return_iou else loss

    def _focused(self, pred: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        dtype = torch.promote_types(torch.promote_types(pred.dtype, target.dtype), torch.float32)
        pred, target = pred.to(dtype), target.to(dtype)
        if self.box_format == "cxcywh":
            pred, target = bbox_cxcywh_to_xyxy(pred), bbox_cxcywh_to_xyxy(target)
        loss, iou = self.pairwise(pred, target)
        if self.focusing is not None:
            with torch.no_grad():
                pairs = terms.box_pairs(pred, target)
                angle, distance = terms.angle_cost(pairs), self.distance_cost(pairs)
            loss = loss * self.focusing(iou, angle, distance)
        return loss, iou


def _scattered(values: Tensor, where: Tensor) -> Tensor:
    """Return zeros of the shape of the mask ``where``, filled with values where the mask is set."""
    return values.new_zeros(where.shape).masked_scatter(where, values)
