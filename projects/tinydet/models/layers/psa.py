"""PSA, partial self-attention: attention between all places, on half of the channels.

Paper: YOLOv10, arXiv:2405.14458, section 3.3 and Fig. 3 (c). YOLO11's C2PSA is the same layer with
any number of blocks. The keys have half as many channels as the values, and a depthwise 3x3 of the
values tells the places apart.
Ours: torch's fused attention, which does not store the ``(H W)²`` weights on a GPU.
"""

from __future__ import annotations

import torch
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from torch import Tensor, nn
from torch.nn import functional as F

CHANNELS_PER_HEAD = 64


class PositionedAttention(BaseModule):
    """Multi-head self-attention over the places of a map.

    Args:
        channels: Channels of input and output; one head for each 64, at least one.
        norm_cfg: Normalization after each convolution; no activation follows.

    Shape:
        - input and output: ``(B, channels, H, W)``

    Raises:
        ValueError: ``channels`` is not a multiple of twice the number of heads.
    """

    def __init__(self, channels: int, norm_cfg: dict) -> None:
        super().__init__()
        self.heads = max(channels // CHANNELS_PER_HEAD, 1)
        if channels % (2 * self.heads):
            raise ValueError(
                f"PSA: {self.heads} heads with keys of half as many channels as the values need "
                f"a multiple of {2 * self.heads} channels, not {channels}"
            )
        values = channels // self.heads
        self.sizes = (values // 2, values // 2, values)
        more = dict(norm_cfg=norm_cfg, act_cfg=None)
        self.qkv = ConvModule(channels, self.heads * sum(self.sizes), 1, **more)
        self.position = ConvModule(channels, channels, 3, padding=1, groups=channels, **more)
        self.projection = ConvModule(channels, channels, 1, **more)

    def forward(self, x: Tensor) -> Tensor:
        qkv = self.qkv(x).unflatten(1, (self.heads, -1)).flatten(3)  # (B, heads, channels, H W)
        query, key, value = qkv.split(self.sizes, dim=2)
        mixed = F.scaled_dot_product_attention(query.mT, key.mT, value.mT).mT
        return self.projection(mixed.reshape(x.shape) + self.position(value.reshape(x.shape)))


class PSABlock(BaseModule):
    """Self-attention, then two 1x1 convolutions over twice the channels; each adds its input.

    Args:
        channels: Channels of input and output.
        norm_cfg: Normalization after each convolution.
        act_cfg: Activation between the two convolutions.

    Shape:
        - input and output: ``(B, channels, H, W)``
    """

    def __init__(self, channels: int, norm_cfg: dict, act_cfg: dict) -> None:
        super().__init__()
        self.attention = PositionedAttention(channels, norm_cfg)
        self.feed_forward = nn.Sequential(
            ConvModule(channels, 2 * channels, 1, norm_cfg=norm_cfg, act_cfg=act_cfg),
            ConvModule(2 * channels, channels, 1, norm_cfg=norm_cfg, act_cfg=None),
        )

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attention(x)
        return x + self.feed_forward(x)


class PSA(BaseModule):
    """Attention blocks on the second half of the channels, between two 1x1 convolutions.

    Args:
        channels: Even number of channels of input and output.
        num_blocks: Number of :class:`PSABlock`; 1 in YOLOv10.
        norm_cfg: Normalization after each convolution.
        act_cfg: Activation after the convolutions, except in and after the attention.
        init_cfg: Initialization of mmengine.

    Shape:
        - input and output: ``(B, channels, H, W)``
    """

    def __init__(
        self,
        channels: int,
        num_blocks: int = 1,
        norm_cfg: dict = dict(type="BN", momentum=0.03, eps=0.001),
        act_cfg: dict = dict(type="SiLU", inplace=True),
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        more = dict(norm_cfg=norm_cfg, act_cfg=act_cfg)
        half = channels // 2
        self.first = ConvModule(channels, 2 * half, 1, **more)
        self.blocks = nn.Sequential(*(PSABlock(half, **more) for _ in range(num_blocks)))
        self.last = ConvModule(2 * half, channels, 1, **more)

    def forward(self, x: Tensor) -> Tensor:
        kept, attended = self.first(x).chunk(2, 1)
        return self.last(torch.cat([kept, self.blocks(attended)], 1))
