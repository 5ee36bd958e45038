"""AlignFPN of FSANet: a pyramid whose coarse levels are moved before they are added.

Paper: FSANet: Feature-and-Spatial-Aligned Network for Tiny Object Detection in Remote Sensing
Images, TGRS 2022, doi 10.1109/TGRS.2022.3205052; layers and norms as in the authors' code
(Lausen-Ng/FSANet). The level ``l`` is ``M_l = L_l + warp(M_{l+1}, d_l)``; the shifts ``d_l`` come
from ``L_l`` and the enlarged ``M_{l+1}``, by a depthwise 3x3 and a 1x1 convolution.

Ours: any number of levels, where the authors' has three; the grid of the warp is in float32 under
mixed precision, in which theirs loses the shifts.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule, ModuleList
from torch import Tensor, nn
from torch.nn import functional as F

from tinydet.errors import InputError
from tinydet.ops.precision import widened
from tinydet.registry import MODELS


class FeatureAlign(BaseModule):
    """Add a coarse map to a fine one, after shifts learned for each fine cell.

    Args:
        channels: Channels of both maps.

    Shape:
        - fine and output: ``(B, channels, H, W)``
        - coarse: ``(B, channels, h, w)``
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        both = 2 * channels
        self.depthwise = nn.Conv2d(both, both, 3, padding=1, groups=both, bias=False)
        self.pointwise = nn.Conv2d(both, 2, 1, bias=False)

    def forward(self, fine: Tensor, coarse: Tensor) -> Tensor:
        enlarged = F.interpolate(coarse, size=fine.shape[2:], mode="bilinear", align_corners=True)
        shifts = self.pointwise(self.depthwise(torch.cat([fine, enlarged], 1)))
        return fine + warp(coarse, shifts)


def warp(coarse: Tensor, shifts: Tensor) -> Tensor:
    """Return a map enlarged to the size of its shifts, read at the shifted places.

    Args:
        coarse: ``(B, C, h, w)``; 0 outside.
        shifts: ``(B, 2, H, W)``, x before y, in halves of ``1 / W`` and ``1 / H`` of the map.

    Returns:
        ``(B, C, H, W)``; without shifts the bilinear enlargement whose corners are the map's.
    """
    height, width = shifts.shape[2:]
    source, shifts = widened(coarse, shifts)
    x, y = (torch.linspace(-1, 1, side).to(shifts) for side in (width, height))
    grid = torch.stack(torch.meshgrid(x, y, indexing="xy"), -1)
    grid = grid + shifts.permute(0, 2, 3, 1) / shifts.new_tensor([width, height])
    return F.grid_sample(source, grid, align_corners=True).to(coarse)


@MODELS.register_module()
class AlignFPN(BaseModule):
    """A feature pyramid with :class:`FeatureAlign` in its top-down path, a level for each input.

    Args:
        in_channels: Channels of the backbone's levels, fine to coarse.
        out_channels: Channels of all levels of the pyramid.
        norm_cfg: Normalization of the lateral 1x1 convolutions; the 3x3 convolutions have none.
        init_cfg: Initialization of mmengine.

    Shape:
        - input: a tuple of ``(B, in_channels[l], H_l, W_l)``
        - output: a tuple of ``(B, out_channels, H_l, W_l)``

    Raises:
        InputError: In a call, the levels have other channels than ``in_channels``.
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        out_channels: int = 256,
        norm_cfg: dict | None = dict(type="GN", num_groups=32, requires_grad=True),
        init_cfg: dict | None = dict(type="Xavier", layer="Conv2d", distribution="uniform"),
    ) -> None:
        super().__init__(init_cfg)
        self.in_channels = list(in_channels)
        self.lateral_convs = ModuleList(
            ConvModule(count, out_channels, 1, norm_cfg=norm_cfg, act_cfg=None)
            for count in in_channels
        )
        self.aligns = ModuleList(FeatureAlign(out_channels) for _ in in_channels[1:])
        self.fpn_convs = ModuleList(
            nn.Conv2d(out_channels, out_channels, 3, padding=1) for _ in in_channels
        )

    def forward(self, inputs: Sequence[Tensor]) -> tuple[Tensor, ...]:
        channels = [level.shape[1] for level in inputs]
        if channels != self.in_channels:
            raise InputError(
                f"AlignFPN: in_channels={self.in_channels}, but the backbone's levels have "
                f"{channels} channels; set in_channels={channels}, or the backbone's out_indices"
            )
        merged = [conv(level) for conv, level in zip(self.lateral_convs, inputs, strict=True)]
        for number in range(len(merged) - 2, -1, -1):
            merged[number] = self.aligns[number](merged[number], merged[number + 1])
        return tuple(conv(level) for conv, level in zip(self.fpn_convs, merged, strict=True))
