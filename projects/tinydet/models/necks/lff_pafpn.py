"""Necks of the YOLO family with LFF in place of their layers that halve the resolution.

Paper: LR-Net, CMC 85(2) 2025, doi 10.32604/cmc.2025.067763. The article shows LFF in the backbone;
the authors' release (winterscoming/LR-Net, ``yolov8-p2-SPDConv.yaml``) also replaces the three
downsampling convolutions of the neck.
"""

from __future__ import annotations

from mmyolo.models import YOLOv8PAFPN
from torch import nn

from tinydet.models.necks.gelan_pafpn import GELANPAFPN
from tinydet.models.necks.yolo11_pafpn import YOLO11PAFPN
from tinydet.models.necks.yolov10_pafpn import YOLOv10PAFPN
from tinydet.registry import MODELS


class LFFBottomUp:
    """Mix-in for mmyolo's necks with LFF or another layer in the bottom-up path.

    Args:
        down_cfg: The layer that replaces each layer of stride 2. The layer gets the replaced
            layer's ``in_channels`` and ``out_channels`` and the neck's ``norm_cfg`` and
            ``act_cfg``. The default ``type`` is LFF.
        **kwargs: All arguments of the neck.
    """

    def __init__(self, down_cfg: dict = dict(type="tinydet.LFF"), **kwargs) -> None:
        self.down_cfg = dict(type="tinydet.LFF") | dict(down_cfg)
        super().__init__(**kwargs)

    def build_downsample_layer(self, idx: int) -> nn.Module:
        strided = super().build_downsample_layer(idx)
        return MODELS.build(
            dict(
                in_channels=strided.in_channels,
                out_channels=strided.out_channels,
                norm_cfg=self.norm_cfg,
                act_cfg=self.act_cfg,
                **self.down_cfg,
            )
        )


@MODELS.register_module()
class LFFPAFPN(LFFBottomUp, YOLOv8PAFPN):
    """:class:`mmyolo.models.YOLOv8PAFPN` with :class:`LFFBottomUp`."""


@MODELS.register_module()
class LFFGELANPAFPN(LFFBottomUp, GELANPAFPN):
    """:class:`tinydet.models.GELANPAFPN` of YOLOv9 with :class:`LFFBottomUp`."""


@MODELS.register_module()
class YOLOv10LFFPAFPN(LFFBottomUp, YOLOv10PAFPN):
    """:class:`tinydet.models.YOLOv10PAFPN` with :class:`LFFBottomUp`."""


@MODELS.register_module()
class YOLO11LFFPAFPN(LFFBottomUp, YOLO11PAFPN):
    """:class:`tinydet.models.YOLO11PAFPN` with :class:`LFFBottomUp`."""
