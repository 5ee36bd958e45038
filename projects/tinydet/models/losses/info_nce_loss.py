r"""InfoNCE with several positive samples for each anchor: supervised contrastive learning.

Papers: InfoNCE, arXiv:1807.03748, Eq. (4); Supervised Contrastive Learning, arXiv:2004.11362,
Eq. (2), whose denominator has all samples of an anchor. With embeddings :math:`z` of length 1, the
positive samples :math:`P_a` and all samples :math:`S_a` of an anchor a:

.. math:: L_a = -\frac{1}{|P_a|} \sum_{p \in P_a}
    \log \frac{\exp(z_a \cdot z_p / \tau)}{\sum_{s \in S_a} \exp(z_a \cdot z_s / \tau)}
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tinydet.arguments import check_number
from tinydet.registry import MODELS


def info_nce(
    anchors: Tensor, samples: Tensor, positive: Tensor, negative: Tensor, temperature: float
) -> Tensor:
    """Return the loss of each anchor, ``(A,)``; 0 for an anchor without a positive sample.

    Args:
        anchors: ``(A, D)`` embeddings of any length.
        samples: ``(N, D)``.
        positive: ``(A, N)`` booleans.
        negative: ``(A, N)`` booleans.
        temperature: Above 0; a small one weighs the negatives that are most similar.
    """
    anchors, samples = (F.normalize(part.float(), dim=1) for part in (anchors, samples))
    logits = anchors @ samples.T / temperature
    # A finite value, because the gradient of a row of -inf is NaN.
    logits = logits.masked_fill(~(positive | negative), torch.finfo(logits.dtype).min)
    log_share = logits.log_softmax(1)
    return -(log_share * positive).sum(1) / positive.sum(1).clamp(min=1)


@MODELS.register_module()
class InfoNCELoss(nn.Module):
    """Mean of :func:`info_nce` over the anchors.

    Args:
        temperature: See :func:`info_nce`.
        loss_weight: Factor of the loss.

    Raises:
        ValueError: An argument is not a number above 0.
    """

    def __init__(self, temperature: float = 0.6, loss_weight: float = 1.0) -> None:
        super().__init__()
        self.temperature = check_number(self, "temperature", temperature)
        self.loss_weight = check_number(self, "loss_weight", loss_weight)

    def forward(
        self,
        anchors: Tensor,
        samples: Tensor,
        positive: Tensor,
        negative: Tensor,
        weight: Tensor | None = None,
    ) -> Tensor:
        """Return a scalar; ``weight`` ``(A,)`` is a factor of each anchor, see :func:`info_nce`."""
        if len(samples) == 0:
            return anchors.sum() * 0
        with torch.autocast(anchors.device.type, enabled=False):
            loss = info_nce(anchors, samples, positive, negative, self.temperature)
        if weight is not None:
            loss = loss * weight
        return self.loss_weight * loss.sum() / max(len(loss), 1)
