"""SCDown, YOLOv10's layer that changes channels and resolution in two convolutions.

Paper: YOLOv10, arXiv:2405.14458, section 3.2, "spatial-channel decoupled downsampling": a 1x1
convolution sets the channels, then a depthwise 3x3 with stride 2 halves the resolution. A strided
3x3 from C to 2 C channels has ``18 C²`` weights, SCDown ``2 C² + 18 C``.
"""

from __future__ import annotations

from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from torch import Tensor

from tinydet.registry import MODELS


@MODELS.register_module()
class SCDown(BaseModule):
    """A 1x1 convolution, then a depthwise 3x3 with stride 2 and without an activation.

    Args:
        in_channels: Channels of the input map.
        out_channels: Channels of the output map.
        norm_cfg: Normalization after each convolution.
        act_cfg: Activation after the 1x1 convolution.
        init_cfg: Initialization of mmengine.

    Shape:
        - input: ``(B, in_channels, H, W)``
        - output: ``(B, out_channels, ceil(H / 2), ceil(W / 2))``
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        norm_cfg: dict | None = dict(type="BN", momentum=0.03, eps=0.001),
        act_cfg: dict | None = dict(type="SiLU", inplace=True),
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.pointwise = ConvModule(
            in_channels, out_channels, 1, norm_cfg=norm_cfg, act_cfg=act_cfg
        )
        self.depthwise = ConvModule(
            out_channels,
            out_channels,
            3,
            stride=2,
            padding=1,
            groups=out_channels,
            norm_cfg=norm_cfg,
            act_cfg=None,
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.depthwise(self.pointwise(x))
