"""AConv and ADown, YOLOv9's layers that halve the resolution after averaging neighboring pixels.

Paper: YOLOv9, arXiv:2402.13616; the small models (t, s, m) have AConv, the large models ADown.
The average over 2x2 pixels lets each output of the strided layers see every pixel.
"""

from __future__ import annotations

import torch
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from torch import Tensor
from torch.nn import functional as F

from tinydet.registry import MODELS


@MODELS.register_module()
class AConv(BaseModule):
    """An average over 2x2 pixels, then a 3x3 convolution with stride 2.

    Args:
        in_channels: Channels of the input map.
        out_channels: Channels of the output map.
        norm_cfg: Normalization after the convolution.
        act_cfg: Activation after the normalization.
        init_cfg: Initialization of mmengine.

    Shape:
        - input: ``(B, in_channels, H, W)``
        - output: ``(B, out_channels, H // 2, W // 2)``
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        norm_cfg: dict | None = dict(type="BN", momentum=0.03, eps=0.001),
        act_cfg: dict | None = dict(type="SiLU", inplace=True),
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        self.in_channels = in_channels
        self.out_channels = out_channels
        more = dict(norm_cfg=norm_cfg, act_cfg=act_cfg)
        self.conv = ConvModule(in_channels, out_channels, 3, stride=2, padding=1, **more)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(F.avg_pool2d(x, 2, stride=1))


@MODELS.register_module()
class ADown(BaseModule):
    """An average over 2x2 pixels, then a strided 3x3 convolution on one half of the channels.

    The other half is pooled by the maximum over 3x3 pixels and mixed by a 1x1 convolution.

    Args:
        in_channels: Even number of channels of the input map.
        out_channels: Even number of channels of the output map.
        norm_cfg: Normalization after each convolution.
        act_cfg: Activation after each normalization.
        init_cfg: Initialization of mmengine.

    Shape:
        - input: ``(B, in_channels, H, W)``
        - output: ``(B, out_channels, H // 2, W // 2)``

    Raises:
        ValueError: A number of channels is odd.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        norm_cfg: dict | None = dict(type="BN", momentum=0.03, eps=0.001),
        act_cfg: dict | None = dict(type="SiLU", inplace=True),
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if in_channels % 2 or out_channels % 2:
            raise ValueError(
                f"ADown: in_channels={in_channels} and out_channels={out_channels} must be even, "
                "because the layer treats two halves of the channels in two ways"
            )
        self.in_channels = in_channels
        self.out_channels = out_channels
        half, out = in_channels // 2, out_channels // 2
        more = dict(norm_cfg=norm_cfg, act_cfg=act_cfg)
        self.strided = ConvModule(half, out, 3, stride=2, padding=1, **more)
        self.pooled = ConvModule(half, out, 1, **more)

    def forward(self, x: Tensor) -> Tensor:
        first, second = F.avg_pool2d(x, 2, stride=1).chunk(2, 1)
        pooled = F.max_pool2d(second, 3, stride=2, padding=1)
        return torch.cat([self.strided(first), self.pooled(pooled)], 1)
