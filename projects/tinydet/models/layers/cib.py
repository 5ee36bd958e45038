"""CIB, YOLOv10's compact inverted block, and the two-convolution CSP layer that holds CIBs.

Paper: YOLOv10, arXiv:2405.14458, section 3.2 and Fig. 3 (b): depthwise convolutions mix places and
1x1 convolutions mix channels, where YOLOv8's bottleneck has dense 3x3 convolutions. In the small
models the depthwise convolution between the 1x1s is a 7x7 (section 3.3).
"""

from __future__ import annotations

from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from mmyolo.models import CSPLayerWithTwoConv
from torch import Tensor, nn

from tinydet.models.layers.rep_depthwise import RepDepthwise


class CIB(BaseModule):
    """Depthwise 3x3, 1x1 to twice the channels, depthwise 7x7, 1x1 back, depthwise 3x3; plus input.

    Args:
        channels: Channels of input and output.
        norm_cfg: Normalization after each convolution.
        act_cfg: Activation after each normalization.
        init_cfg: Initialization of mmengine.

    Shape:
        - input and output: ``(B, channels, H, W)``
    """

    def __init__(
        self,
        channels: int,
        norm_cfg: dict = dict(type="BN", momentum=0.03, eps=0.001),
        act_cfg: dict = dict(type="SiLU", inplace=True),
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        more = dict(norm_cfg=norm_cfg, act_cfg=act_cfg)
        self.layers = nn.Sequential(
            ConvModule(channels, channels, 3, padding=1, groups=channels, **more),
            ConvModule(channels, 2 * channels, 1, **more),
            RepDepthwise(2 * channels, **more),
            ConvModule(2 * channels, channels, 1, **more),
            ConvModule(channels, channels, 3, padding=1, groups=channels, **more),
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layers(x)


class CSPLayerWithCIB(CSPLayerWithTwoConv):
    """:class:`mmyolo.models.CSPLayerWithTwoConv` with :class:`CIB` as its blocks.

    Args:
        in_channels: Channels of the input map.
        out_channels: Channels of the output map.
        num_blocks: Number of blocks.
        norm_cfg: Normalization after each convolution.
        act_cfg: Activation after each normalization.
    """

    def __init__(
        self, in_channels: int, out_channels: int, num_blocks: int, norm_cfg: dict, act_cfg: dict
    ) -> None:
        more = dict(norm_cfg=norm_cfg, act_cfg=act_cfg)
        super().__init__(in_channels, out_channels, num_blocks=num_blocks, **more)
        self.blocks = nn.ModuleList(CIB(self.mid_channels, **more) for _ in range(num_blocks))
