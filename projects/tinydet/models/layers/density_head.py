"""D3Q's density head: how many objects stand at each place of the finest feature map.

Paper: Density-Aware DETR with Dynamic Query (D3Q), JSTARS 18, 2025.
"""

from __future__ import annotations

from mmengine.model import bias_init_with_prob
from torch import Tensor, nn


class DensityHead(nn.Sequential):
    """Convolution 3x3, ReLU, convolution 1x1.

    Args:
        channels: Of the feature map.
        prior: Density that an untrained head says everywhere.
    """

    def __init__(self, channels: int, prior: float = 0.1) -> None:
        super().__init__(
            nn.Conv2d(channels, channels, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels, 1, 1),
        )
        nn.init.constant_(self[-1].bias, bias_init_with_prob(prior))

    def forward(self, features: Tensor) -> Tensor:
        """Return the logits of the density, ``(B, H, W)``, of features ``(B, C, H, W)``."""
        return super().forward(features).squeeze(1)
