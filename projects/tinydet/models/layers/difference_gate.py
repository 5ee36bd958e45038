r"""The gate of SR-TOD: where an image is reconstructed badly, its features count twice.

Paper: SR-TOD, arXiv:2405.11276, difference map guided feature enhancement. With the difference
``d`` of a pixel and the threshold ``t``, both in gray levels of 255:

.. math:: P' = P \odot \sigma(MLP(avg\,P) + MLP(max\,P)) \odot (1 + [d > t])

Ours: the threshold learns. The public code (Hiyuur/SR-TOD) writes ``[d > t]`` by ``sign``, whose
derivative is 0. Here the step has the derivative of a sigmoid in the backward pass.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

SOFTNESS = 4.0  # gray levels, the width of the sigmoid; that of the published thresholds


def above(difference: Tensor, threshold: Tensor, as_published: bool = False) -> Tensor:
    """Return 1 where the difference exceeds the threshold, 0 below, 0.5 where they are equal.

    Args:
        difference: Any shape; gets no gradient, so that the detector's losses do not ask for a bad
            reconstruction.
        threshold: A scalar in the units of ``difference``, gray levels; gets the gradient of
            ``sigmoid((difference - threshold) / SOFTNESS)``.
        as_published: The threshold gets no gradient.
    """
    excess = difference.detach() - threshold
    step = (excess.sign() + 1) / 2
    if as_published:
        return step
    soft = (excess / SOFTNESS).sigmoid()
    return step.detach() + soft - soft.detach()


class DifferenceGate(nn.Module):
    """Gate a level by channel, and by the difference of each position.

    Args:
        channels: ``C``.
        threshold: The first threshold in gray levels of 255.
        reduction: The hidden layer of the channel gate has ``C / reduction`` units, at least 4.
        as_published: See :func:`above`.

    Shape:
        - level: ``(B, C, H, W)``
        - difference: ``(B, 1, h, w)`` in gray levels, of any size; nearest neighbors are read
        - output: ``(B, C, H, W)``
    """

    def __init__(
        self,
        channels: int,
        threshold: float = 4.0,
        reduction: int = 16,
        as_published: bool = False,
    ) -> None:
        super().__init__()
        self.as_published = as_published
        hidden = max(channels // reduction, 4)
        self.channel_gate = nn.Sequential(
            nn.Linear(channels, hidden), nn.ReLU(inplace=True), nn.Linear(hidden, channels)
        )
        self.threshold = nn.Parameter(torch.tensor(float(threshold)))

    def forward(self, level: Tensor, difference: Tensor) -> Tensor:
        difference = F.interpolate(difference, size=level.shape[2:], mode="nearest")
        lost = above(difference, self.threshold, self.as_published).to(level.dtype)
        mean, peak = level.mean((2, 3)), level.amax((2, 3))
        by_channel = (self.channel_gate(mean) + self.channel_gate(peak)).sigmoid()
        return level * by_channel[..., None, None] * (1 + lost)
