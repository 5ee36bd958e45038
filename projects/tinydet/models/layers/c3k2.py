"""C3k2, YOLO11's two-convolution CSP layer whose blocks are small bottlenecks or CSP layers.

No paper describes YOLO11; the facts are the published table of its layers and number of
parameters. The shallow form has bottlenecks with half of the channels between two 3x3
convolutions, the deep form CSP layers of two bottlenecks ("C3k").
"""

from __future__ import annotations

from mmdet.models.backbones.csp_darknet import CSPLayer
from mmyolo.models import CSPLayerWithTwoConv
from mmyolo.models.layers.yolo_bricks import DarknetBottleneck
from torch import nn

BLOCKS_OF_DEEP = 2  # bottlenecks in each CSP layer of the deep form


def bottleneck(channels: int, expansion: float, add_identity: bool, **more) -> nn.Module:
    """Return two 3x3 convolutions with ``expansion`` times the channels between them."""
    return DarknetBottleneck(
        channels,
        channels,
        expansion=expansion,
        kernel_size=(3, 3),
        padding=(1, 1),
        add_identity=add_identity,
        **more,
    )


class C3k(CSPLayer):
    """:class:`mmdet.models.backbones.csp_darknet.CSPLayer` whose bottlenecks have two 3x3."""

    def __init__(self, channels: int, add_identity: bool, **more) -> None:
        super().__init__(channels, channels, num_blocks=0, **more)
        self.blocks = nn.Sequential(
            *(bottleneck(channels // 2, 1.0, add_identity, **more) for _ in range(BLOCKS_OF_DEEP))
        )


class C3k2(CSPLayerWithTwoConv):
    """:class:`mmyolo.models.CSPLayerWithTwoConv` with the blocks of YOLO11.

    Args:
        in_channels: Channels of the input map.
        out_channels: Channels of the output map.
        expand_ratio: Channels of the blocks, as a share of ``out_channels``.
        num_blocks: Number of blocks.
        add_identity: Bottlenecks add their input.
        deep: Each block is a CSP layer of two bottlenecks, not one bottleneck.
        **more: ``norm_cfg`` and ``act_cfg`` of all convolutions.

    Shape:
        - input: ``(B, in_channels, H, W)``
        - output: ``(B, out_channels, H, W)``
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        expand_ratio: float = 0.5,
        num_blocks: int = 1,
        add_identity: bool = True,
        deep: bool = False,
        **more,
    ) -> None:
        super().__init__(in_channels, out_channels, expand_ratio, num_blocks, **more)
        self.blocks = nn.ModuleList(
            C3k(self.mid_channels, add_identity, **more)
            if deep
            else bottleneck(self.mid_channels, 0.5, add_identity, **more)
            for _ in range(num_blocks)
        )
