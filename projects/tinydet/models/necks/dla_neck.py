"""The up-sampling half of CenterNet's DLA-34: iterative aggregation by deformable convolutions.

Papers: CenterNet, arXiv:1904.07850, Fig. 6d; DLA, arXiv:1707.06484. Every step projects a coarser
map by a deformable convolution, upsamples it by a depthwise transposed convolution that starts as
bilinear interpolation, adds the next finer map, and mixes by another deformable convolution.
xingyizhou/CenterNet (MIT) was read for facts. Ours takes maps of any size.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule, ModuleList
from torch import Tensor, nn

from tinydet.registry import MODELS


class Upsampling(nn.ConvTranspose2d):
    """Depthwise transposed convolution that starts as bilinear interpolation.

    Args:
        channels: Channels in and out.
        factor: A power of 2.
    """

    def __init__(self, channels: int, factor: int) -> None:
        super().__init__(
            channels, channels, 2 * factor, factor, factor // 2, groups=channels, bias=False
        )

    def reset_parameters(self) -> None:
        size = self.kernel_size[0]
        middle = (size - 1) / 2
        line = 1 - (torch.arange(size) - middle).abs() / self.stride[0]
        with torch.no_grad():
            self.weight.copy_(line[:, None] * line)


class Aggregation(nn.Module):
    """Merge maps into the finest, step by step.

    Args:
        sources: Channels of the maps, fine to coarse.
        factors: How much finer the first map is than each, from 1.
        conv_cfg: The 3x3 convolutions.
        norm_cfg: Their norm.

    Shape:
        - input: a list of ``(B, sources[i], H_i, W_i)``
        - output: the first map, then the result of each step, ``(B, sources[0], H_0, W_0)``
    """

    def __init__(
        self,
        sources: Sequence[int],
        factors: Sequence[int],
        conv_cfg: dict | None,
        norm_cfg: dict,
    ) -> None:
        super().__init__()
        channels = sources[0]
        options = dict(kernel_size=3, padding=1, conv_cfg=conv_cfg, norm_cfg=norm_cfg)
        self.project = ModuleList(ConvModule(source, channels, **options) for source in sources[1:])
        self.upsample = ModuleList(Upsampling(channels, factor) for factor in factors[1:])
        self.mix = ModuleList(ConvModule(channels, channels, **options) for _ in sources[1:])

    def forward(self, maps: Sequence[Tensor]) -> list[Tensor]:
        results = [maps[0]]
        steps = zip(self.project, self.upsample, self.mix, maps[1:], strict=True)
        for project, upsample, mix, coarse in steps:
            height, width = maps[0].shape[2:]
            coarse = upsample(project(coarse))[..., :height, :width]
            results.append(mix(coarse + results[-1]))
        return results


@MODELS.register_module()
class DLANeck(BaseModule):
    """Merge the levels of :class:`tinydet.models.backbones.DLA` into one map of the finest stride.

    Args:
        in_channels: Channels of the levels, fine to coarse.
        conv_cfg: The 3x3 convolutions; None for plain ones.
        norm_cfg: Their norm.
        init_cfg: Initialization of mmengine.

    Shape:
        - input: a tuple of ``(B, in_channels[l], H_l, W_l)``, each level half as high and wide as
          the one before, rounded up
        - output: a tuple of one ``(B, in_channels[0], H_0, W_0)``
    """

    def __init__(
        self,
        in_channels: Sequence[int] = (64, 128, 256, 512),
        conv_cfg: dict | None = dict(type="DCNv2"),
        norm_cfg: dict = dict(type="BN"),
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        channels = list(in_channels)
        last = len(channels) - 1
        # The coarsest map joins the next finer, the results of both the next, and so on.
        self.stages = ModuleList(
            Aggregation(
                [channels[start], *[channels[start + 1]] * (last - start - 1), source],
                [1, *[2] * (last - start)],
                conv_cfg,
                norm_cfg,
            )
            for start, source in zip(
                range(last - 1, -1, -1), [channels[last], *channels[last - 1 : 0 : -1]], strict=True
            )
        )
        self.last = Aggregation(
            channels[:-1], [2**level for level in range(last)], conv_cfg, norm_cfg
        )

    def forward(self, inputs: Sequence[Tensor]) -> tuple[Tensor]:
        maps, finest = list(inputs), []
        for start, stage in zip(range(len(maps) - 2, -1, -1), self.stages, strict=True):
            maps[start:] = stage(maps[start:])
            finest.insert(0, maps[-1])
        return (self.last(finest)[-1],)
