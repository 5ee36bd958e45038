"""Losses of the form ``1 - IoU + penalty``, and losses that replace the IoU in such a loss."""

from __future__ import annotations

from abc import abstractmethod

from torch import Tensor

from tinydet.models.losses import iou_terms as terms
from tinydet.models.losses.box_loss import BoxLoss
from tinydet.registry import MODELS

SHARED_ARGUMENTS = (
    "box_format",
    "reduction",
    "loss_weight",
    "return_iou",
    "iou_floor",
    "focal_normalize",
)


class PenaltyLoss(BoxLoss):
    """``1 - IoU + penalty``; a subclass defines the penalty."""

    @abstractmethod
    def penalty(self, pairs: terms.BoxPairs) -> Tensor:
        """Return the penalty, which is added to ``1 - IoU``, ``(N,)``."""

    def reward(self, overlap: Tensor) -> Tensor:
        """Return the term that is subtracted from 1, ``(N,)``: the overlap itself."""
        return overlap

    def pairwise(self, pred: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        pairs = terms.box_pairs(pred, target)
        iou = terms.iou(pairs)
        return 1 - self.reward(iou) + self.penalty(pairs), iou


class ReplacedIoULoss(BoxLoss):
    """``L + IoU - IoU'``: another overlap in place of the IoU of a loss ``L``.

    Args:
        loss: The loss ``L``, of the form ``1 - IoU + penalty``, without arguments that all losses
            share (``reduction``, ``loss_weight``, ``focal``, ...); these belong to the outer loss.
        **kwargs: See :class:`BoxLoss`.

    Raises:
        ValueError: ``loss`` is of another form, or has an argument of the outer loss.
    """

    unit = "any"  # of the overlap; the checks read the unit of the inner loss too

    def __init__(self, loss: dict = dict(type="tinydet.IoULoss"), **kwargs) -> None:
        super().__init__(**kwargs)
        name = type(self).__name__
        misplaced = [key for key in SHARED_ARGUMENTS if key in loss]
        if misplaced:
            raise ValueError(f"{name}: give {', '.join(misplaced)} to {name}, not to its loss")
        self.loss = MODELS.build(loss)
        if not isinstance(self.loss, PenaltyLoss):
            raise ValueError(f"{name}: loss={loss!r} is not of the form 1 - IoU + penalty")
        if self.loss.focusing is not None:
            raise ValueError(f"{name}: loss={loss!r} needs focal=None; give focal to {name}")

    @abstractmethod
    def overlap(self, pairs: terms.BoxPairs) -> Tensor:
        """Return ``IoU'``, ``(N,)``."""

    def distance_cost(self, pairs: terms.BoxPairs) -> Tensor:
        return self.loss.distance_cost(pairs)

    def pairwise(self, pred: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        pairs = terms.box_pairs(pred, target)
        reward = self.loss.reward(self.overlap(pairs))
        return 1 - reward + self.loss.penalty(pairs), terms.iou(pairs)
