r"""The block of BiFormer: attention of each region to the few regions that resemble it most.

Paper: BiFormer, arXiv:2303.08810, Eq. 3-6 and Fig. 3-4. The map is divided into S x S regions. The
mean query of a region picks the k regions with the closest mean keys, and the places of the region
attend to all places of these: :math:`O = A(Q, K^g, V^g) + LCE(V)`, with a depthwise 5x5 as LCE.
Ours: a map of any size. The rows and columns that fill the last regions are neither in the means
nor attended to; the published code fills with zeros, which take part in both.
"""

from __future__ import annotations

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn
from torch.nn import functional as F

from tinydet.arguments import check_count
from tinydet.registry import MODELS

CHANNELS_PER_HEAD = 32


def regions_of(x: Tensor, size: tuple[int, int]) -> Tensor:
    """Divide a map into regions of a size that divides its own.

    Args:
        x: ``(B, C, H, W)``.
        size: Height and width of a region.

    Returns:
        ``(B, R, P, C)`` with the places of R regions, row by row.
    """
    batch, channels, height, width = x.shape
    rows, columns = height // size[0], width // size[1]
    x = x.view(batch, channels, rows, size[0], columns, size[1]).permute(0, 2, 4, 3, 5, 1)
    return x.reshape(batch, rows * columns, size[0] * size[1], channels)


def map_of(regions: Tensor, size: tuple[int, int], height: int, width: int) -> Tensor:
    """Join regions to a map ``(B, C, H, W)``: the inverse of :func:`regions_of`."""
    batch, _, _, channels = regions.shape
    rows, columns = height // size[0], width // size[1]
    x = regions.view(batch, rows, columns, size[0], size[1], channels)
    return x.permute(0, 5, 1, 3, 2, 4).reshape(batch, channels, height, width)


class BiLevelRoutingAttention(BaseModule):
    """Multi-head attention of each region to ``topk`` regions.

    Args:
        channels: Channels of input and output; one head for each 32, at least one.
        regions: Regions along each side, S; fewer on a map of fewer places.
        topk: Regions that a region attends to, k.

    Shape:
        - input and output: ``(B, channels, H, W)``
    """

    def __init__(self, channels: int, regions: int, topk: int) -> None:
        super().__init__()
        self.regions, self.topk = regions, topk
        self.heads = max(channels // CHANNELS_PER_HEAD, 1)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.local = nn.Conv2d(channels, channels, 5, padding=2, groups=channels)
        self.projection = nn.Conv2d(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        height, width = x.shape[-2:]
        size = (-(-height // self.regions), -(-width // self.regions))
        border = (0, -width % size[1], 0, -height % size[0])
        qkv = self.qkv(x)
        inside = regions_of(F.pad(torch.ones_like(x[:1, :1]), border), size)  # (1, R, P, 1)
        query, key, value = regions_of(F.pad(qkv, border), size).chunk(3, -1)  # (B, R, P, C)
        chosen = self.route(query, key, inside)
        key, value = (_gathered(part, chosen) for part in (key, value))
        mask = _gathered(inside.expand(len(x), -1, -1, -1), chosen).bool().squeeze(-1)
        query, key, value = (self._by_head(part) for part in (query, key, value))
        mixed = F.scaled_dot_product_attention(
            query, key, value, attn_mask=mask.flatten(0, 1)[:, None, None]
        )
        mixed = mixed.transpose(1, 2).flatten(2).unflatten(0, (len(x), -1))
        mixed = map_of(mixed, size, height + border[3], width + border[1])
        mixed = mixed[..., :height, :width]
        return self.projection(mixed + self.local(qkv.chunk(3, 1)[2]))

    @torch.no_grad()
    def route(self, query: Tensor, key: Tensor, inside: Tensor) -> Tensor:
        """Return the regions that each region attends to, ``(B, R, k)``."""
        places = inside.sum(2)
        query, key = (part.sum(2) / places for part in (query, key))  # what fills a region is 0
        affinity = query @ key.mT
        return affinity.topk(min(self.topk, affinity.shape[-1]), dim=-1).indices

    def _by_head(self, x: Tensor) -> Tensor:
        """Return ``(B R, heads, places, channels of a head)``."""
        return x.flatten(0, 1).unflatten(-1, (self.heads, -1)).transpose(1, 2)


def _gathered(regions: Tensor, chosen: Tensor) -> Tensor:
    """Return the places of the chosen regions, ``(B, R, k P, C)``."""
    batch = torch.arange(len(regions), device=regions.device)[:, None, None]
    return regions[batch, chosen].flatten(2, 3)


@MODELS.register_module()
class BiFormerBlock(BaseModule):
    """Depthwise 3x3, bi-level routing attention, two 1x1 convolutions; each adds its input.

    A plug-in for the backbones of mmyolo and of mmdet:
    ``plugins=[dict(cfg=dict(type="tinydet.BiFormerBlock"), stages=(False, False, False, True))]``.

    Args:
        in_channels: Channels of input and output; a multiple of 32, or below 64.
        regions: Regions along each side of the map, S.
        topk: Regions that a region attends to, k.
        expansion: Channels between the two 1x1 convolutions, as a multiple of ``in_channels``.
        init_cfg: Initialization of mmengine.

    Shape:
        - input and output: ``(B, in_channels, H, W)``

    Raises:
        ValueError: ``in_channels`` cannot be divided into heads, or ``regions``, ``topk`` or
            ``expansion`` is not a positive integer.
    """

    def __init__(
        self,
        in_channels: int,
        regions: int = 7,
        topk: int = 4,
        expansion: int = 3,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        for name, value in (("regions", regions), ("topk", topk), ("expansion", expansion)):
            check_count(self, name, value)
        if in_channels >= 2 * CHANNELS_PER_HEAD and in_channels % CHANNELS_PER_HEAD:
            raise ValueError(
                f"BiFormerBlock: in_channels={in_channels} must be a multiple of "
                f"{CHANNELS_PER_HEAD}, the channels of a head"
            )
        hidden = expansion * in_channels
        self.position = nn.Conv2d(in_channels, in_channels, 3, padding=1, groups=in_channels)
        self.before_attention = nn.LayerNorm(in_channels)
        self.attention = BiLevelRoutingAttention(in_channels, regions, topk)
        self.before_layers = nn.LayerNorm(in_channels)
        self.layers = nn.Sequential(
            nn.Conv2d(in_channels, hidden, 1), nn.GELU(), nn.Conv2d(hidden, in_channels, 1)
        )

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.position(x)
        x = x + self.attention(_over_channels(self.before_attention, x))
        return x + self.layers(_over_channels(self.before_layers, x))


def _over_channels(norm: nn.LayerNorm, x: Tensor) -> Tensor:
    """Normalize the channels of each place of ``(B, C, H, W)``."""
    return norm(x.movedim(1, -1)).movedim(-1, 1)
