"""Losses of the form ``1 - similarity`` for boxes as Gaussians: NWD, KLD, DotD.

The similarities, their papers and equations are in :mod:`tinydet.task_modules.distances`.
"""

from __future__ import annotations

from abc import abstractmethod

import torch
from torch import Tensor

from tinydet.models.losses import iou_terms as terms
from tinydet.models.losses.box_loss import BoxLoss
from tinydet.registry import MODELS
from tinydet.task_modules import distances


class SimilarityLoss(BoxLoss):
    """``1 - similarity``; a subclass defines the similarity."""

    @abstractmethod
    def similarity(self, pred: Tensor, target: Tensor) -> Tensor:
        """Return values in [0, 1], ``(N,)``, of ``(N, 4)`` boxes x1, y1, x2, y2."""

    def pairwise(self, pred: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        with torch.no_grad():
            iou = terms.iou(terms.box_pairs(pred, target))
        return 1 - self.similarity(pred, target), iou


@MODELS.register_module()
class NWDLoss(SimilarityLoss):
    """``1 - exp(-W2 / C)`` (arXiv:2110.13389).

    The loss of an error in pixels does not depend on the size of the object.

    Args:
        constant: C, px: the mean absolute object size of the data set; 12.8 for AI-TOD.
        **kwargs: See :class:`BoxLoss`. The authors of NWD use a ``loss_weight`` of 10 in RPN and of
            10 to 50 in R-CNN heads.

    Boxes are in pixels of the network input: YOLOv5 and YOLOv8 need the heads of this project.

    Raises:
        ValueError: ``constant`` is not a positive number.
    """

    unit = "pixels"

    def __init__(self, constant: float = 12.8, **kwargs) -> None:
        super().__init__(**kwargs)
        self.constant = distances.check_constant(self, constant)

    def similarity(self, pred: Tensor, target: Tensor) -> Tensor:
        return distances.nwd(pred, target, self.constant)


@MODELS.register_module()
class KLDLoss(SimilarityLoss):
    """``1 - 1 / (1 + KL(prediction || target))`` (RFLA's similarity, arXiv:2208.08738).

    All terms are ratios: boxes may be in any unit.
    """

    unit = "any"

    def similarity(self, pred: Tensor, target: Tensor) -> Tensor:
        return distances.kld(pred, target)


@MODELS.register_module()
class DotDLoss(SimilarityLoss):
    """``1 - exp(-distance of the centers / C)`` (CVPRW 2021).

    DotD ignores the sizes of boxes: a detector needs a second loss for these.

    Args:
        constant: C, px, as in :class:`NWDLoss`.
        **kwargs: See :class:`BoxLoss`.

    Boxes are in pixels of the network input, as for :class:`NWDLoss`.

    Raises:
        ValueError: ``constant`` is not a positive number.
    """

    unit = "pixels"

    def __init__(self, constant: float = 12.8, **kwargs) -> None:
        super().__init__(**kwargs)
        self.constant = distances.check_constant(self, constant)

    def similarity(self, pred: Tensor, target: Tensor) -> Tensor:
        return distances.dotd(pred, target, self.constant)
