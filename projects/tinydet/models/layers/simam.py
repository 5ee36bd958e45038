"""SimAM: attention without parameters.

Paper: SimAM: A Simple, Parameter-Free Attention Module for Convolutional Neural Networks, ICML
2021, Eq. 5. A neuron that differs from the rest of its channel has a low energy ``e`` and
matters more.
Ours: the same numbers in fewer passes over the map, because memory bounds the speed of the layer;
statistics in float32 under mixed precision; no division by zero for a 1x1 map.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from tinydet.registry import MODELS


def simam(x: Tensor, e_lambda: float = 1e-4) -> Tensor:
    r"""Weight each element by its distance from the mean of its channel.

    .. math:: 1 / e_t = (t - \mu)^2 / (4 (\sigma^2 + \lambda)) + 0.5, \quad y = t \sigma(1 / e_t)

    with the mean and the variance of the ``H * W`` elements of a channel; the divisor of the
    variance is ``H * W - 1``.

    Args:
        x: ``(B, C, H, W)``.
        e_lambda: The regularizer of the energy.

    Returns:
        ``(B, C, H, W)``, in the type of ``x``.
    """
    size = x.shape[2] * x.shape[3]
    count = max(size - 1, 1)
    # Up to the divisor of the variance, (t - mu)² / (sigma² + lambda) is the square of a group norm
    # with one channel in a group, which has a backward kernel and sums in float32.
    channels, epsilon = int(x.shape[1]), e_lambda * count / size
    normal = torch.group_norm(x, channels, None, None, epsilon)
    return x * (normal.square() * (count / (4 * size)) + 0.5).sigmoid().to(x.dtype)


@MODELS.register_module()
class SimAM(nn.Module):
    """:func:`simam` as a layer.

    Args:
        e_lambda: The regularizer of the energy; the paper's 1e-4.
        in_channels: Unused; mmdet's and mmyolo's backbones tell their ``plugins`` the channels.

    Shape:
        - input and output: ``(B, C, H, W)``
    """

    def __init__(self, e_lambda: float = 1e-4, in_channels: int | None = None) -> None:
        super().__init__()
        self.e_lambda = e_lambda

    def forward(self, x: Tensor) -> Tensor:
        return simam(x, self.e_lambda)

    def extra_repr(self) -> str:
        return f"e_lambda={self.e_lambda}"
