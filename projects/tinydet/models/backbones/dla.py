"""DLA-34, deep layer aggregation: trees of residual blocks whose results meet in a root.

Paper: arXiv:1707.06484, Fig. 3; CenterNet (arXiv:1904.07850) is published with it. The parts have
the names of the public weights, ``tinydet://dla34``.

Ours: maps of odd sides, because pooling rounds up as the strided convolutions do. And without the
projections that the public code computes in trees of trees and never reads: DistributedDataParallel
stops at weights without a gradient.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mmcv.cnn import build_norm_layer
from mmengine.model import BaseModule
from torch import Tensor, nn

from tinydet.registry import MODELS

DEPTHS = {2: 1, 3: 2, 4: 2, 5: 1}  # of the trees; the first two levels are a convolution each


def _convolution(source: int, channels: int, kernel: int, stride: int, norm_cfg: dict) -> list:
    """Return a convolution without a bias, and its norm."""
    return [
        nn.Conv2d(source, channels, kernel, stride, padding=kernel // 2, bias=False),
        build_norm_layer(norm_cfg, channels)[1],
    ]


class Block(nn.Module):
    """Two 3x3 convolutions beside a shortcut that the tree gives."""

    def __init__(self, source: int, channels: int, stride: int, norm_cfg: dict) -> None:
        super().__init__()
        self.conv1, self.bn1 = _convolution(source, channels, 3, stride, norm_cfg)
        self.conv2, self.bn2 = _convolution(channels, channels, 3, 1, norm_cfg)

    def forward(self, x: Tensor, shortcut: Tensor) -> Tensor:
        x = self.bn1(self.conv1(x)).relu()
        return (self.bn2(self.conv2(x)) + shortcut).relu()


class Root(nn.Module):
    """Mix the results of a tree by a 1x1 convolution."""

    def __init__(self, source: int, channels: int, norm_cfg: dict) -> None:
        super().__init__()
        self.conv, self.bn = _convolution(source, channels, 1, 1, norm_cfg)

    def forward(self, *results: Tensor) -> Tensor:
        return self.bn(self.conv(torch.cat(results, 1))).relu()


class Tree(nn.Module):
    """Two blocks and a root, or two trees of which the second's root takes the first's result.

    Args:
        depth: 1 for blocks.
        source: Channels of the input.
        channels: Channels of the output.
        stride: 1 or 2.
        keeps_input: Whether the root also takes the input, pooled by the stride.
        given: Channels of earlier results that the root also takes.
        norm_cfg: Norm.
    """

    def __init__(
        self,
        depth: int,
        source: int,
        channels: int,
        stride: int,
        keeps_input: bool,
        given: int,
        norm_cfg: dict,
    ) -> None:
        super().__init__()
        self.is_leaf, self.keeps_input = depth == 1, keeps_input
        given += source if keeps_input else 0
        self.downsample = nn.MaxPool2d(stride, stride, ceil_mode=True)
        if self.is_leaf:
            self.tree1 = Block(source, channels, stride, norm_cfg)
            self.tree2 = Block(channels, channels, 1, norm_cfg)
            self.root = Root(2 * channels + given, channels, norm_cfg)
            self.project = nn.Identity()
            if source != channels:
                self.project = nn.Sequential(*_convolution(source, channels, 1, 1, norm_cfg))
        else:
            below = (depth - 1, source, channels, stride, False, 0, norm_cfg)
            self.tree1 = Tree(*below)
            below = (depth - 1, channels, channels, 1, False, given + channels, norm_cfg)
            self.tree2 = Tree(*below)

    def forward(self, x: Tensor, *results: Tensor) -> Tensor:
        bottom = self.downsample(x)
        if self.keeps_input:
            results = (*results, bottom)
        if not self.is_leaf:
            first = self.tree1(x)
            return self.tree2(first, *results, first)
        first = self.tree1(x, self.project(bottom))
        return self.root(self.tree2(first, first), first, *results)


@MODELS.register_module()
class DLA(BaseModule):
    """DLA-34.

    Args:
        out_indices: Levels to return; level ``l`` of 0 to 5 has stride ``2^l`` and ``2^l`` times
            the channels of the first.
        base_channels: Channels of the first level.
        norm_cfg: Norm.
        init_cfg: Initialization of mmengine; None: at random, as ResNet.

    Shape:
        - input: ``(B, 3, H, W)``
        - output: a tuple of ``(B, C_l, ceil(H / 2^l), ceil(W / 2^l))``
    """

    def __init__(
        self,
        out_indices: Sequence[int] = (2, 3, 4, 5),
        base_channels: int = 16,
        norm_cfg: dict = dict(type="BN"),
        init_cfg: dict | list | None = None,
    ) -> None:
        if init_cfg is None:
            init_cfg = [
                dict(type="Kaiming", layer="Conv2d"),
                dict(type="Constant", layer=["_BatchNorm", "GroupNorm"], val=1),
            ]
        super().__init__(init_cfg)
        self.out_indices = tuple(out_indices)
        source = base_channels
        self.base_layer = nn.Sequential(*_convolution(3, source, 7, 1, norm_cfg), nn.ReLU())
        for level in range(max(self.out_indices) + 1):
            channels, stride = base_channels * 2**level, min(level + 1, 2)
            if level < 2:
                stage = nn.Sequential(
                    *_convolution(source, channels, 3, stride, norm_cfg), nn.ReLU()
                )
            else:
                stage = Tree(DEPTHS[level], source, channels, stride, level > 2, 0, norm_cfg)
            self.add_module(f"level{level}", stage)
            source = channels

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        x = self.base_layer(x)
        outputs = []
        for level in range(max(self.out_indices) + 1):
            x = getattr(self, f"level{level}")(x)
            outputs.append(x)
        return tuple(outputs[level] for level in self.out_indices)
