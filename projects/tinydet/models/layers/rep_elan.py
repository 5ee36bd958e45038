"""ELAN and RepELAN ("RepNCSPELAN4"), the blocks of YOLOv9's network GELAN.

Paper: YOLOv9, arXiv:2402.13616, section 4.2: an efficient layer aggregation network (ELAN) whose
computational block is free to choose; the models of the paper choose CSP layers of convolutions
that are re-parameterized (RepConv, arXiv:2101.03697, without the identity branch).
"""

from __future__ import annotations

import torch
from mmcv.cnn import ConvModule
from mmdet.models.backbones.csp_darknet import CSPLayer
from mmengine.model import BaseModule
from mmyolo.models.layers import RepVGGBlock
from mmyolo.models.layers.yolo_bricks import DarknetBottleneck
from torch import Tensor, nn


class RepBottleneck(DarknetBottleneck):
    """Two 3x3 convolutions that add their input; a 1x1 stands beside the first in training."""

    def __init__(self, channels: int, **more) -> None:
        super().__init__(
            channels, channels, expansion=1.0, kernel_size=(3, 3), padding=(1, 1), **more
        )
        self.conv1 = RepVGGBlock(channels, channels, use_bn_first=False, **more)


class RepCSPLayer(CSPLayer):
    """:class:`mmdet.models.backbones.csp_darknet.CSPLayer` of :class:`RepBottleneck`."""

    def __init__(self, channels: int, num_blocks: int, **more) -> None:
        super().__init__(channels, channels, num_blocks=0, **more)
        self.blocks = nn.Sequential(
            *(RepBottleneck(channels // 2, **more) for _ in range(num_blocks))
        )


class ELAN(BaseModule):
    """A 1x1 convolution, two steps on the second half of its channels, a 1x1 over all four maps.

    Args:
        in_channels: Channels of the input map.
        out_channels: Channels of the output map.
        mid_channels: Even number of channels after the first convolution; each step has half.
        norm_cfg: Normalization after each convolution.
        act_cfg: Activation after each normalization.
        init_cfg: Initialization of mmengine.

    Shape:
        - input: ``(B, in_channels, H, W)``
        - output: ``(B, out_channels, H, W)``
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        mid_channels: int,
        norm_cfg: dict = dict(type="BN", momentum=0.03, eps=0.001),
        act_cfg: dict = dict(type="SiLU", inplace=True),
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        self.more = dict(norm_cfg=norm_cfg, act_cfg=act_cfg)
        half = mid_channels // 2
        self.first = ConvModule(in_channels, 2 * half, 1, **self.more)
        self.steps = nn.ModuleList(self.build_step(half) for _ in range(2))
        self.last = ConvModule(4 * half, out_channels, 1, **self.more)

    def build_step(self, channels: int) -> nn.Module:
        """Return one computational block of ELAN."""
        return ConvModule(channels, channels, 3, padding=1, **self.more)

    def forward(self, x: Tensor) -> Tensor:
        maps = list(self.first(x).chunk(2, 1))
        for step in self.steps:
            maps.append(step(maps[-1]))
        return self.last(torch.cat(maps, 1))


class RepELAN(ELAN):
    """:class:`ELAN` whose steps are a :class:`RepCSPLayer` and a 3x3 convolution.

    Args:
        num_blocks: Bottlenecks of each CSP layer.
        **kwargs: All arguments of :class:`ELAN`.
    """

    def __init__(self, *args, num_blocks: int = 3, **kwargs) -> None:
        self.num_blocks = num_blocks
        super().__init__(*args, **kwargs)

    def build_step(self, channels: int) -> nn.Module:
        return nn.Sequential(
            RepCSPLayer(channels, self.num_blocks, **self.more), super().build_step(channels)
        )
