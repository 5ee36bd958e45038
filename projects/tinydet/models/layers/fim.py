r"""FIM, feature interaction: the semantics of the next coarser level gate a level.

Paper: SARL, arXiv:2511.09891. The text available to us names the module and its idea (high-level
semantics reweight the adjacent lower level by channel and by position), not its equations.
Our reading, for a fine level ``F`` and the coarser ``R`` above it, with ``H = up2(Conv1x1(R))``:

.. math::
    a_c = \sigma(MLP(avg\,H) + MLP(max\,H)), \quad
    a_s = \sigma(Conv_{7\times7}[mean_c H, max_c H, mean_c F, max_c F]), \quad
    M = F \odot a_c \odot a_s

``H`` itself is never upsampled: nearest-neighbor upsampling commutes with mean and maximum over
channels, and keeps the maximum over positions, and at even sizes the mean. So all ``C`` channels
stay on the small map, and only two maps of statistics are upsampled.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def channel_statistics(x: Tensor) -> Tensor:
    """Return mean and maximum over the channels, ``(B, C, H, W) -> (B, 2, H, W)``."""
    return torch.cat([x.mean(1, keepdim=True), x.amax(1, keepdim=True)], dim=1)


class FIM(nn.Module):
    """Gate a level by channel and by position with the next coarser level.

    Args:
        channels: ``C``, channels of the fine level.
        coarse_channels: ``K``, channels of the coarse level.
        reduction: The hidden layer of the channel gate has ``C / reduction`` units, at least 4.
        groups: Groups of the 1x1 convolution, reduced to a common divisor of ``C`` and ``K``. The
            convolution feeds only gates, which mix the channels afterwards; without groups, and
            with ResNet's 2,048 channels, it would have two thirds of the weights.

    Shape:
        - fine: ``(B, C, H, W)``
        - coarse: ``(B, K, h, w)`` of any size. If a stride of 2 lies between the levels, each
          coarse position covers the fine rows and columns ``2i`` and ``2i + 1``, also at odd sizes.
        - output: ``(B, C, H, W)``
    """

    def __init__(
        self, channels: int, coarse_channels: int, reduction: int = 16, groups: int = 2
    ) -> None:
        super().__init__()
        hidden = max(channels // reduction, 4)
        groups = math.gcd(groups, channels, coarse_channels)
        self.project = nn.Conv2d(coarse_channels, channels, 1, groups=groups)
        self.channel_gate = nn.Sequential(
            nn.Conv2d(channels, hidden, 1), nn.ReLU(inplace=True), nn.Conv2d(hidden, channels, 1)
        )
        self.spatial_gate = nn.Conv2d(4, 1, 7, padding=3)

    def forward(self, fine: Tensor, coarse: Tensor) -> Tensor:
        semantics = self.project(coarse)  # (B, C, h, w)
        mean, peak = semantics.mean((2, 3), keepdim=True), semantics.amax((2, 3), keepdim=True)
        by_channel = (self.channel_gate(mean) + self.channel_gate(peak)).sigmoid()  # (B, C, 1, 1)

        above = F.interpolate(channel_statistics(semantics), size=fine.shape[-2:], mode="nearest")
        own = channel_statistics(fine)
        by_position = self.spatial_gate(torch.cat([above, own], dim=1)).sigmoid()  # (B, 1, H, W)
        return fine * (by_channel * by_position)  # keeps one product less for the gradient
