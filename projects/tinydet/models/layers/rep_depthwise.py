"""A large depthwise convolution with a small one beside it in training, one in prediction.

Papers: RepLKNet, arXiv:2203.06717; YOLOv10, arXiv:2405.14458, section 3.3, which puts the 7x7 of
this layer into the blocks of its small models.
"""

from __future__ import annotations

import torch
from mmcv.cnn import ConvModule, build_activation_layer
from mmengine.model import BaseModule
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import fuse_conv_bn_eval


class RepDepthwise(BaseModule):
    """The sum of a large and a small normalized depthwise convolution, then an activation.

    :meth:`switch_to_deploy` replaces the two convolutions by one with a bias.

    Args:
        channels: Channels of input and output.
        kernel_size: Odd kernel of the large convolution.
        small: Odd kernel of the small convolution, at most ``kernel_size``.
        norm_cfg: Batch normalization after each convolution.
        act_cfg: Activation after the sum.
        init_cfg: Initialization of mmengine.

    Shape:
        - input and output: ``(B, channels, H, W)``
    """

    def __init__(
        self,
        channels: int,
        kernel_size: int = 7,
        small: int = 3,
        norm_cfg: dict = dict(type="BN", momentum=0.03, eps=0.001),
        act_cfg: dict = dict(type="SiLU", inplace=True),
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        self.branches = nn.ModuleList(
            ConvModule(
                channels,
                channels,
                size,
                padding=size // 2,
                groups=channels,
                norm_cfg=norm_cfg,
                act_cfg=None,
            )
            for size in (kernel_size, small)
        )
        self.fused: nn.Conv2d | None = None
        self.act = build_activation_layer(act_cfg)

    def forward(self, x: Tensor) -> Tensor:
        if self.fused is not None:
            return self.act(self.fused(x))
        large, small = self.branches
        return self.act(large(x) + small(x))

    @torch.no_grad()
    def switch_to_deploy(self) -> None:
        """Replace the two convolutions and their norms by one convolution, equal up to rounding."""
        if self.fused is not None:
            return
        large, small = (
            fuse_conv_bn_eval(branch.conv.eval(), branch.norm.eval()) for branch in self.branches
        )
        border = (large.kernel_size[0] - small.kernel_size[0]) // 2
        large.weight += F.pad(small.weight, [border] * 4)
        large.bias += small.bias
        self.fused = large
        del self.branches
