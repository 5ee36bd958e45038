"""The neck of YOLO11-n: YOLOv8's with C3k2 in place of its CSP layers.

No paper describes YOLO11; the facts are the published table of its layers and number of parameters.
"""

from __future__ import annotations

from mmcv.cnn import ConvModule
from mmyolo.models import YOLOv8PAFPN
from mmyolo.models.utils import make_divisible, make_round
from torch import nn

from tinydet.models.layers.c3k2 import C3k2
from tinydet.registry import MODELS


@MODELS.register_module()
class YOLO11PAFPN(YOLOv8PAFPN):
    """:class:`mmyolo.models.YOLOv8PAFPN` with :class:`C3k2`, deep in the coarsest level alone.

    The output of a level may have other channels than its input, and the strided convolutions keep
    the channels of the output.
    """

    def build_top_down_layer(self, idx: int) -> nn.Module:
        last = idx == len(self.in_channels) - 1
        above = self.in_channels[idx] if last else self.out_channels[idx]
        return self._block(self.in_channels[idx - 1] + above, idx - 1)

    def build_downsample_layer(self, idx: int) -> nn.Module:
        channels = make_divisible(self.out_channels[idx], self.widen_factor)
        return ConvModule(channels, channels, 3, stride=2, padding=1, **self._more)

    def build_bottom_up_layer(self, idx: int) -> nn.Module:
        last = idx == len(self.in_channels) - 2
        inner = self.in_channels[-1] if last else self.out_channels[idx + 1]
        return self._block(self.out_channels[idx] + inner, idx + 1, deep=last)

    def _block(self, in_channels: int, idx: int, deep: bool = False) -> C3k2:
        return C3k2(
            make_divisible(in_channels, self.widen_factor),
            make_divisible(self.out_channels[idx], self.widen_factor),
            num_blocks=make_round(self.num_csp_blocks, self.deepen_factor),
            deep=deep,
            **self._more,
        )

    @property
    def _more(self) -> dict:
        return dict(norm_cfg=self.norm_cfg, act_cfg=self.act_cfg)
