"""The calling convention that every box loss here shares.

mmdet's heads call ``loss(pred, target, weight, avg_factor=...)``, mmyolo's the same with weights
``(N, 1)`` and, in YOLOv5, want the IoU back. A loss states its value per pair of boxes and
inherits the rest.
"""

from __future__ import annotations

from abc import ABCMeta, abstractmethod

from mmdet.models.losses.utils import weight_reduce_loss
from mmdet.structures.bbox import bbox_cxcywh_to_xyxy
from torch import Tensor, nn

BOX_FORMATS = ("xyxy", "cxcywh")
REDUCTIONS = ("none", "mean", "sum")


class BoxLoss(nn.Module, metaclass=ABCMeta):
    """A loss over pairs of boxes.

    Args:
        box_format: What the host hands over: ``xyxy``, or ``cxcywh`` in YOLOv5.
        reduction: ``none``, ``mean`` or ``sum``.
        loss_weight: Factor on the reduced loss.
        return_iou: Also return the IoU of each pair; YOLOv5 trains objectness with it.

    Raises:
        ValueError: Unknown ``box_format`` or ``reduction``.
    """

    def __init__(
        self,
        box_format: str = "xyxy",
        reduction: str = "mean",
        loss_weight: float = 1.0,
        return_iou: bool = False,
    ) -> None:
        super().__init__()
        _check_choice(self, "box_format", box_format, BOX_FORMATS)
        _check_choice(self, "reduction", reduction, REDUCTIONS)
        self.box_format = box_format
        self.reduction = reduction
        self.loss_weight = loss_weight
        self.return_iou = return_iou

    @abstractmethod
    def pairwise(self, pred: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        """Return the loss and the IoU, both ``(N,)``, of ``(N, 4)`` boxes x1, y1, x2, y2."""

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
            weight: ``(N,)``, ``(N, 1)`` or ``(N, 4)``; the mean of a row counts.
            avg_factor: What the sum is divided by when the reduction is ``mean``.
            reduction_override: Replaces ``reduction`` for this call.

        Returns:
            The loss, ``(N,)`` or a scalar; with ``return_iou`` a pair of it and the ``(N,)`` IoU.
        """
        reduction = reduction_override or self.reduction
        _check_choice(self, "reduction_override", reduction, REDUCTIONS)
        if self.box_format == "cxcywh":
            pred, target = bbox_cxcywh_to_xyxy(pred), bbox_cxcywh_to_xyxy(target)
        if weight is not None and weight.dim() > 1:
            weight = weight.mean(-1)
        loss, iou = self.pairwise(pred, target)
        if loss.numel() == 0 and reduction != "none":
            loss = loss.sum()  # a mean over nothing is NaN; this is 0 and still has a gradient
        else:
            loss = weight_reduce_loss(loss, weight, reduction, avg_factor)
        loss = self.loss_weight * loss
        return (loss, iou) if self.return_iou else loss


def _check_choice(owner: object, name: str, value: object, choices: tuple) -> None:
    if value not in choices:
        kind = type(owner).__name__
        raise ValueError(f"{kind}: {name}={value!r} is none of {', '.join(map(repr, choices))}")
