"""The neck of YOLOv10-n: YOLOv8's with SCDown before the coarsest level and CIB in it.

Paper: YOLOv10, arXiv:2405.14458, sections 3.2 and 3.3.
"""

from __future__ import annotations

from mmyolo.models import YOLOv8PAFPN
from mmyolo.models.utils import make_divisible, make_round
from torch import nn

from tinydet.models.layers.cib import CSPLayerWithCIB
from tinydet.models.layers.scdown import SCDown
from tinydet.registry import MODELS


@MODELS.register_module()
class YOLOv10PAFPN(YOLOv8PAFPN):
    """:class:`mmyolo.models.YOLOv8PAFPN` with another last step of the bottom-up path."""

    def build_downsample_layer(self, idx: int) -> nn.Module:
        strided = super().build_downsample_layer(idx)
        if not self._is_last(idx):
            return strided
        more = dict(norm_cfg=self.norm_cfg, act_cfg=self.act_cfg)
        return SCDown(strided.in_channels, strided.out_channels, **more)

    def build_bottom_up_layer(self, idx: int) -> nn.Module:
        if not self._is_last(idx):
            return super().build_bottom_up_layer(idx)
        return CSPLayerWithCIB(
            make_divisible(self.in_channels[idx] + self.in_channels[idx + 1], self.widen_factor),
            make_divisible(self.out_channels[idx + 1], self.widen_factor),
            num_blocks=make_round(self.num_csp_blocks, self.deepen_factor),
            norm_cfg=self.norm_cfg,
            act_cfg=self.act_cfg,
        )

    def _is_last(self, idx: int) -> bool:
        return idx == len(self.in_channels) - 2
