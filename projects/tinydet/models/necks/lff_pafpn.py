"""YOLOv8's path aggregation network with LFF in place of its strided convolutions.

Paper: LR-Net, CMC 85(2) 2025, doi 10.32604/cmc.2025.067763. The article shows LFF in the backbone;
the authors' release (winterscoming/LR-Net, ``yolov8-p2-SPDConv.yaml``) also replaces the three
downsampling convolutions of the neck.
"""

from __future__ import annotations

from mmyolo.models import YOLOv8PAFPN
from torch import nn

from tinydet.registry import MODELS


@MODELS.register_module()
class LFFPAFPN(YOLOv8PAFPN):
    """:class:`mmyolo.models.YOLOv8PAFPN` with LFF or another layer in the bottom-up path.

    Args:
        down_cfg: The layer that replaces each stride-2 convolution. The layer gets the
            convolution's ``in_channels`` and ``out_channels`` and the neck's ``norm_cfg`` and
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
