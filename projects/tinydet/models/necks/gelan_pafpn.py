"""The neck of YOLOv9-t, and its top-down half, which is the neck of the auxiliary branch.

Paper: YOLOv9, arXiv:2402.13616; widths of the t model and the auxiliary branch from
WongKinYiu/YOLO (MIT).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mmyolo.models import YOLOv8PAFPN
from mmyolo.models.layers import SPPFBottleneck
from mmyolo.models.utils import make_divisible
from torch import Tensor, nn

from tinydet.models.layers.average_down import AConv
from tinydet.models.layers.rep_elan import RepELAN
from tinydet.registry import MODELS


@MODELS.register_module()
class GELANPAFPN(YOLOv8PAFPN):
    """:class:`mmyolo.models.YOLOv8PAFPN` with the layers of GELAN and as many channels as it gets.

    The coarsest level is pooled first. A bottom-up step halves the channels of its fine level's
    successor: the map that joins a level of C channels has C / 2.

    Args:
        in_channels: Channels of the levels, fine to coarse, before the width factor.
        out_channels: Equal to ``in_channels``.
        **kwargs: All arguments of the neck, except ``deepen_factor``; ``num_csp_blocks`` are the
            bottlenecks of each CSP layer.

    Raises:
        ValueError: ``out_channels`` differs from ``in_channels``.
    """

    def __init__(self, in_channels: Sequence[int], out_channels: Sequence[int], **kwargs) -> None:
        if list(in_channels) != list(out_channels):
            raise ValueError(
                f"{type(self).__name__}: out_channels={list(out_channels)} must be "
                f"in_channels={list(in_channels)}"
            )
        super().__init__(in_channels, out_channels, **kwargs)

    def build_reduce_layer(self, idx: int) -> nn.Module:
        if idx < len(self.in_channels) - 1:
            return nn.Identity()
        channels = self._channels(idx)
        return SPPFBottleneck(channels, channels, kernel_sizes=5, **self._more)

    def build_top_down_layer(self, idx: int) -> nn.Module:
        return self._block(self._channels(idx - 1) + self._channels(idx), idx - 1)

    def build_downsample_layer(self, idx: int) -> nn.Module:
        return AConv(self._channels(idx), self._channels(idx + 1) // 2, **self._more)

    def build_bottom_up_layer(self, idx: int) -> nn.Module:
        channels = self._channels(idx + 1)
        return self._block(channels // 2 + channels, idx + 1)

    def _channels(self, idx: int) -> int:
        return make_divisible(self.in_channels[idx], self.widen_factor)

    def _block(self, in_channels: int, idx: int) -> RepELAN:
        channels = self._channels(idx)
        return RepELAN(
            in_channels, channels, channels, num_blocks=self.num_csp_blocks, **self._more
        )

    @property
    def _more(self) -> dict:
        return dict(norm_cfg=self.norm_cfg, act_cfg=self.act_cfg)


@MODELS.register_module()
class GELANFPN(GELANPAFPN):
    """The top-down half of :class:`GELANPAFPN`."""

    def build_downsample_layer(self, idx: int) -> nn.Module:
        return nn.Identity()

    def build_bottom_up_layer(self, idx: int) -> nn.Module:
        return nn.Identity()

    def forward(self, inputs: Sequence[Tensor]) -> tuple[Tensor, ...]:
        *finer, coarsest = inputs
        levels = [self.reduce_layers[-1](coarsest)]
        steps = zip(self.upsample_layers, self.top_down_layers, reversed(finer), strict=True)
        for upsample, block, fine in steps:
            levels.append(block(torch.cat([upsample(levels[-1]), fine], 1)))
        return tuple(reversed(levels))
