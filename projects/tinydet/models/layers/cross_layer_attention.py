r"""Attention across the levels of a pyramid in nested windows, by position and by channel.

Paper: CFPT, arXiv:2407.19696. A window joins the tokens of all levels that one token of the
coarsest level covers; with ``d`` levels above it, a level has ``2^d`` positions along the side, or
``4^d`` channels after its positions are moved into channels. Windows of all but the coarsest level
overlap by one token, and overlapping results are summed.

.. math:: A = softmax(\hat Q \hat K^T + B) V

with unit vectors :math:`\hat Q`, :math:`\hat K` (cosine attention without a temperature) and the
bias ``B`` of :mod:`tinydet.models.layers.cross_layer_bias`.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mmengine.model import ModuleList
from torch import Tensor, nn
from torch.nn import functional as F

from tinydet.models.layers.cross_layer_bias import CrossLayerBias

OVERLAP = 1  # tokens


class LevelLayers(nn.Module):
    """The layers of one level around the attention.

    Args:
        channels: Channels of the level.
        hidden: Channels of queries, keys and values.
        mlp_ratio: Channels of the hidden layer of the MLP, as a multiple of ``channels``.
    """

    def __init__(self, channels: int, hidden: int, mlp_ratio: float) -> None:
        super().__init__()
        wide = int(channels * mlp_ratio)
        self.before = nn.Conv2d(channels, channels, 3, padding=1, groups=channels)
        self.qkv = nn.Conv2d(channels, 3 * hidden, 1)
        self.project = nn.Conv2d(hidden, channels, 1)
        self.norm = nn.LayerNorm(channels)
        self.after = nn.Conv2d(channels, channels, 3, padding=1, groups=channels)
        self.mlp = nn.Sequential(
            nn.LayerNorm(channels), nn.Linear(channels, wide), nn.GELU(), nn.Linear(wide, channels)
        )

    def encode(self, x: Tensor) -> Tensor:
        """Add the position, seen by a depthwise convolution; ``(B, channels, H, W)``."""
        return x + F.gelu(self.before(x))

    def finish(self, x: Tensor, attended: Tensor) -> Tensor:
        """Return the level with the result of the attention, ``(B, hidden, H, W)``, and the MLP."""
        attended = self.norm(self.project(attended).permute(0, 2, 3, 1))
        x = x + attended.permute(0, 3, 1, 2)
        x = (x + F.gelu(self.after(x))).permute(0, 2, 3, 1)
        return (x + self.mlp(x)).permute(0, 3, 1, 2)


class CrossLayerAttention(nn.Module):
    """Attention in windows over all levels; subclasses cut and join the windows.

    Args:
        channels: ``C``, channels of every level.
        levels: Levels, each half as high and wide as the one before, rounded up.
        num_heads: Heads.
        mlp_ratio: See :class:`LevelLayers`.
        reduction: Queries, keys and values have ``C / reduction`` channels.
        as_published: Repeat the faults of the public code.

    Shape:
        - input and output: a sequence of ``(B, C, H_l, W_l)``, fine to coarse
    """

    dimensions: int  # of a window
    base: int  # tokens of a level along the side of a window for one of the next coarser level

    def __init__(
        self,
        channels: int,
        levels: int = 4,
        num_heads: int = 4,
        mlp_ratio: float = 2.0,
        reduction: int = 4,
        as_published: bool = False,
    ) -> None:
        super().__init__()
        hidden = channels // reduction
        self.num_heads, self.as_published = num_heads, as_published
        self.strides = [self.base**above for above in reversed(range(levels))]
        self.sides = [stride + OVERLAP for stride in self.strides[:-1]] + [1]
        self.levels = ModuleList(LevelLayers(channels, hidden, mlp_ratio) for _ in range(levels))
        self.bias = CrossLayerBias(self.sides, self.dimensions, num_heads, as_published)

    def forward(self, inputs: Sequence[Tensor]) -> list[Tensor]:
        coarsest = inputs[-1].shape[2:]
        encoded = [level.encode(x) for level, x in zip(self.levels, inputs, strict=True)]
        windows = [
            self.cut(level.qkv(x), number, coarsest)
            for number, (level, x) in enumerate(zip(self.levels, encoded, strict=True))
        ]
        attended = self._attend(torch.cat(windows, -2)).split(self.bias.tokens, -2)
        return [
            level.finish(x, self.join(part, number, coarsest)[..., : x.shape[2], : x.shape[3]])
            for number, (level, x, part) in enumerate(
                zip(self.levels, encoded, attended, strict=True)
            )
        ]

    def _attend(self, tokens: Tensor) -> Tensor:
        """Return ``(B, heads, windows, N, D)`` of ``(3, B, heads, windows, N, D)``."""
        query, key, value = tokens
        # At least float32: in half precision, the least length by which to divide is 0, and that of
        # a token outside of the level is 0, too.
        exact = torch.promote_types(query.dtype, torch.float32)
        query, key = (F.normalize(part.to(exact), dim=-1) for part in (query, key))
        weights = (query @ key.transpose(-1, -2) + self.bias()).softmax(-1)
        return weights.to(value.dtype) @ value

    def cut(self, qkv: Tensor, level: int, coarsest: tuple[int, int]) -> Tensor:
        """Cut a level into windows.

        Args:
            qkv: ``(B, 3 hidden, H, W)``.
            level: Its number.
            coarsest: Height and width of the coarsest level.

        Returns:
            ``(3, B, heads, windows, tokens, D)``; zeros stand for tokens outside of the level.
        """
        raise NotImplementedError

    def join(self, windows: Tensor, level: int, coarsest: tuple[int, int]) -> Tensor:
        """Sum windows, ``(B, heads, windows, tokens, D)``, to a map, ``(B, hidden, ≥H, ≥W)``."""
        raise NotImplementedError

    def _margins(self, level: int) -> tuple[int, int]:
        """Return the tokens of a window before and after those that the coarsest token covers."""
        overlap = self.sides[level] - self.strides[level]
        return overlap - overlap // 2, overlap // 2


class CrossLayerSpatialAttention(CrossLayerAttention):
    """Windows of positions: a token is a position with its channels."""

    dimensions = 2
    base = 2

    def cut(self, qkv: Tensor, level: int, coarsest: tuple[int, int]) -> Tensor:
        side, stride = self.sides[level], self.strides[level]
        before, after = self._margins(level)
        down, right = (
            stride * count - size for count, size in zip(coarsest, qkv.shape[2:], strict=True)
        )
        framed = F.pad(qkv, (before, right + after, before, down + after))
        windows = F.unfold(framed, side, stride=stride)  # (B, 3 hidden side², windows)
        windows = windows.unflatten(1, (3, self.num_heads, -1, side**2))
        return windows.permute(1, 0, 2, 5, 4, 3)

    def join(self, windows: Tensor, level: int, coarsest: tuple[int, int]) -> Tensor:
        side, stride = self.sides[level], self.strides[level]
        before, after = self._margins(level)
        framed = [stride * count + before + after for count in coarsest]
        columns = windows.permute(0, 1, 4, 3, 2).flatten(1, 3)
        return F.fold(columns, framed, side, stride=stride)[..., before:, before:]


class CrossLayerChannelAttention(CrossLayerAttention):
    """Windows of channels on the coarsest grid: a token is a channel with all its positions.

    The public code cuts windows of the concatenated queries, keys and values, so that the first
    window of the keys and of the values begins with the last channel of the part before.
    """

    dimensions = 1
    base = 4

    def cut(self, qkv: Tensor, level: int, coarsest: tuple[int, int]) -> Tensor:
        side, stride = self.sides[level], self.strides[level]
        factor = 2 ** (len(self.sides) - 1 - level)
        down, right = (
            factor * count - size for count, size in zip(coarsest, qkv.shape[2:], strict=True)
        )
        channels = F.pixel_unshuffle(F.pad(qkv, (0, right, 0, down)), factor).flatten(2)
        if not self.as_published:
            channels = channels.unflatten(1, (3, -1)).flatten(0, 1)  # (3 B, channels, positions)
        framed = F.pad(channels, (0, 0, *self._margins(level)))
        windows = framed.unfold(1, side, stride)  # (…, windows, positions, side)
        windows = windows.reshape(len(qkv), 3, self.num_heads, -1, *windows.shape[2:])
        return windows.permute(1, 0, 2, 3, 5, 4)

    def join(self, windows: Tensor, level: int, coarsest: tuple[int, int]) -> Tensor:
        side, stride = self.sides[level], self.strides[level]
        before, after = self._margins(level)
        windows = windows.flatten(1, 2)  # (B, hidden, side, positions)
        framed = [stride * windows.shape[1] + before + after, 1]
        columns = windows.permute(0, 3, 2, 1).flatten(1, 2)
        channels = F.fold(columns, framed, (side, 1), stride=(stride, 1))[:, :, before:, 0]
        channels = channels[..., : stride * windows.shape[1]].transpose(1, 2)
        factor = 2 ** (len(self.sides) - 1 - level)
        return F.pixel_shuffle(channels.unflatten(2, tuple(coarsest)), factor)
