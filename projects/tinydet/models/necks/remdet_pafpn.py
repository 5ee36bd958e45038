"""The neck of RemDet: YOLOv8's path aggregation network with ChannelC2f.

Paper: RemDet, AAAI 2025, arXiv:2412.10040.
"""

from __future__ import annotations

from mmyolo.models import YOLOv8PAFPN
from mmyolo.models.layers import CSPLayerWithTwoConv

from tinydet.models.layers.remdet import ChannelC2f
from tinydet.registry import MODELS


@MODELS.register_module()
class RemDetPAFPN(YOLOv8PAFPN):
    """:class:`mmyolo.models.YOLOv8PAFPN` with ChannelC2f in both paths, and its arguments."""

    def build_top_down_layer(self, idx: int) -> ChannelC2f:
        return self._of_full_width(super().build_top_down_layer(idx))

    def build_bottom_up_layer(self, idx: int) -> ChannelC2f:
        return self._of_full_width(super().build_bottom_up_layer(idx))

    def _of_full_width(self, layer: CSPLayerWithTwoConv) -> ChannelC2f:
        return ChannelC2f(
            layer.main_conv.in_channels,
            layer.final_conv.out_channels,
            len(layer.blocks),
            add_identity=False,
            norm_cfg=self.norm_cfg,
            act_cfg=self.act_cfg,
        )
