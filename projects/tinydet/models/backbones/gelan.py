"""GELAN, the backbone of YOLOv9-t.

Paper: YOLOv9, arXiv:2402.13616; widths and depths of the t model from WongKinYiu/YOLO (MIT). The
spatial pyramid pooling that ends the published backbone is in the neck here, so that the neck of
the auxiliary branch has its own, as in that repository.
"""

from __future__ import annotations

from mmcv.cnn import ConvModule
from mmyolo.models import YOLOv8CSPDarknet
from mmyolo.models.utils import make_divisible
from torch import nn

from tinydet.models.layers.average_down import AConv
from tinydet.models.layers.rep_elan import ELAN, RepELAN
from tinydet.registry import MODELS


@MODELS.register_module()
class GELAN(YOLOv8CSPDarknet):
    """:class:`mmyolo.models.YOLOv8CSPDarknet` with the layers of GELAN.

    The first stage has a strided convolution and :class:`ELAN`, the others :class:`AConv` and
    :class:`RepELAN`. Stages 1 to 4 have the strides 4 to 32.

    Args:
        last_stage_out_channels: Channels of stride 32, before the width factor.
        **kwargs: All arguments of :class:`mmyolo.models.YOLOv8CSPDarknet`, except
            ``deepen_factor``; ``widen_factor=1`` is YOLOv9-t and 2 YOLOv9-s.
    """

    # in_channels, out_channels, bottlenecks of each CSP layer
    arch_settings = {"P5": [[16, 32, 0], [32, 64, 3], [64, 96, 3], [96, 128, 3]]}

    def __init__(self, last_stage_out_channels: int = 128, **kwargs) -> None:
        super().__init__(last_stage_out_channels=last_stage_out_channels, **kwargs)

    def build_stage_layer(self, stage_idx: int, setting: list) -> list[nn.Module]:
        in_channels, channels = (make_divisible(c, self.widen_factor) for c in setting[:2])
        more = dict(norm_cfg=self.norm_cfg, act_cfg=self.act_cfg)
        if stage_idx == 0:
            return [
                ConvModule(in_channels, channels, 3, stride=2, padding=1, **more),
                ELAN(channels, channels, channels, **more),
            ]
        block = RepELAN(channels, channels, channels, num_blocks=setting[2], **more)
        return [AConv(in_channels, channels, **more), block]
