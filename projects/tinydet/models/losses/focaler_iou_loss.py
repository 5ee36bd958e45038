"""Focaler-IoU: the IoU stretched linearly from an interval to [0, 1], in any loss of the family.

Paper: Focaler-IoU, arXiv:2401.10525: :math:`L + IoU - IoU^{focaler}`.
"""

from __future__ import annotations

from torch import Tensor

from tinydet.models.losses import iou_terms as terms
from tinydet.models.losses.penalty_loss import ReplacedIoULoss
from tinydet.registry import MODELS


@MODELS.register_module()
class FocalerIoULoss(ReplacedIoULoss):
    """A loss with the stretched IoU in place of the IoU.

    The IoU has no gradient for pairs outside the interval: a high ``low`` trains good boxes, a low
    ``high`` poor boxes.

    Args:
        low: The IoU that becomes 0.
        high: The IoU that becomes 1.
        loss: See :class:`ReplacedIoULoss`.
        **kwargs: See :class:`BoxLoss`.

    Raises:
        ValueError: Not ``0 <= low < high <= 1``, or ``loss`` is of another form.
    """

    def __init__(
        self,
        low: float = 0.0,
        high: float = 0.95,
        loss: dict = dict(type="tinydet.IoULoss"),
        **kwargs,
    ) -> None:
        super().__init__(loss, **kwargs)
        if not 0 <= low < high <= 1:
            raise ValueError(f"FocalerIoULoss: low={low}, high={high} is not 0 <= low < high <= 1")
        self.low = low
        self.high = high

    def overlap(self, pairs: terms.BoxPairs) -> Tensor:
        return ((terms.iou(pairs) - self.low) / (self.high - self.low)).clamp(0, 1)
