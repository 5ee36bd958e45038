"""RemDet's blocks: wide features, gated instead of deepened.

Paper: RemDet, AAAI 2025, arXiv:2412.10040; the public code (HZAI-ZJNU/RemDet) was read for facts.
Ours has two depthwise branches. The public code makes the 1x1 dense, so that GatedFFN is no longer
cheap and its branches cannot merge; ``as_published=True`` repeats it. Ours keeps the branches in
prediction: one merged convolution would pad before the norm and differ at the border.
"""

from __future__ import annotations

from mmcv.cnn import ConvModule, build_norm_layer
from mmyolo.models.layers import CSPLayerWithTwoConv, DarknetBottleneck
from torch import Tensor, nn
from torch.nn import functional as F

from tinydet.models.layers.lff import space_to_depth

NORM = dict(type="BN", momentum=0.03, eps=0.001)
ACTIVATION = dict(type="SiLU", inplace=True)


class ChannelC2f(CSPLayerWithTwoConv):
    """C2f of full width whose bottlenecks narrow to a quarter, instead of the other way round.

    Args:
        in_channels: Channels of the input.
        out_channels: ``C``, channels of the output and of each part inside.
        num_blocks: Bottlenecks.
        add_identity: Whether the bottlenecks have a shortcut.
        norm_cfg: Norm.
        act_cfg: Activation.

    Shape:
        - input: ``(B, in_channels, H, W)``
        - output: ``(B, C, H, W)``
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        num_blocks: int = 1,
        add_identity: bool = True,
        norm_cfg: dict = NORM,
        act_cfg: dict = ACTIVATION,
    ) -> None:
        options = dict(add_identity=add_identity, norm_cfg=norm_cfg, act_cfg=act_cfg)
        super().__init__(in_channels, out_channels, 1.0, num_blocks, **options)
        self.blocks = nn.ModuleList(
            DarknetBottleneck(
                out_channels,
                out_channels,
                expansion=0.25,
                kernel_size=(3, 3),
                padding=(1, 1),
                **options,
            )
            for _ in range(num_blocks)
        )


class BranchedDepthwise(nn.Module):
    """The sum of a depthwise 3x3 and a depthwise 1x1 after a norm, each with its own norm.

    Args:
        channels: Channels in and out.
        norm_cfg: The norms.
        as_published: The 1x1 convolution is dense.
    """

    def __init__(self, channels: int, norm_cfg: dict = NORM, as_published: bool = False) -> None:
        super().__init__()
        options = dict(norm_cfg=norm_cfg, act_cfg=None)
        self.norm = build_norm_layer(norm_cfg, channels)[1]
        self.wide = ConvModule(channels, channels, 3, padding=1, groups=channels, **options)
        groups = 1 if as_published else channels
        self.point = ConvModule(channels, channels, 1, groups=groups, **options)

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm(x)
        return (self.wide(x) + self.point(x)).relu()


class GatedFFN(nn.Module):
    """A wide feed-forward block: one half, through depthwise convolutions, times the other's GELU.

    Args:
        channels: ``C``.
        num_blocks: Depthwise convolutions; the first has branches.
        expansion: Each half has ``expansion * C`` channels.
        norm_cfg: Norm.
        act_cfg: Activation after the first 1x1 convolution.
        as_published: See :class:`BranchedDepthwise`.

    Shape:
        - input and output: ``(B, C, H, W)``
    """

    def __init__(
        self,
        channels: int,
        num_blocks: int = 1,
        expansion: int = 3,
        norm_cfg: dict = NORM,
        act_cfg: dict = ACTIVATION,
        as_published: bool = False,
    ) -> None:
        super().__init__()
        wide = expansion * channels
        self.expand = ConvModule(channels, 2 * wide, 1, norm_cfg=norm_cfg, act_cfg=act_cfg)
        self.depthwise = nn.Sequential(
            BranchedDepthwise(wide, norm_cfg, as_published),
            *(
                ConvModule(wide, wide, 3, padding=1, groups=wide, norm_cfg=norm_cfg, act_cfg=None)
                for _ in range(num_blocks - 1)
            ),
        )
        self.reduce = ConvModule(wide, channels, 1, norm_cfg=norm_cfg, act_cfg=None)

    def forward(self, x: Tensor) -> Tensor:
        features, gate = self.expand(x).chunk(2, 1)
        return x + self.reduce(self.depthwise(features) * F.gelu(gate))


class CED(nn.Module):
    """Context-enhanced downsampling: depthwise 3x3, then space to depth, then 1x1.

    Args:
        in_channels: Channels of the input.
        out_channels: ``C``, channels inside and of the output.
        norm_cfg: Norm.
        act_cfg: Activation of the first two convolutions; the last has none.

    Shape:
        - input: ``(B, in_channels, H, W)``
        - output: ``(B, C, ceil(H / 2), ceil(W / 2))``
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        norm_cfg: dict = NORM,
        act_cfg: dict = ACTIVATION,
    ) -> None:
        super().__init__()
        channels = out_channels
        options = dict(norm_cfg=norm_cfg, act_cfg=act_cfg)
        self.context = nn.Sequential(
            ConvModule(in_channels, channels, 1, **options),
            ConvModule(channels, channels, 3, padding=1, groups=channels, **options),
        )
        self.fuse = ConvModule(4 * channels, channels, 1, norm_cfg=norm_cfg, act_cfg=None)

    def forward(self, x: Tensor) -> Tensor:
        return self.fuse(space_to_depth(self.context(x)))
