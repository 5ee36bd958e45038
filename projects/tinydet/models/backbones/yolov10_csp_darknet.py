"""The backbone of YOLOv10-n: YOLOv8's with SCDown before strides 16 and 32 and PSA at the end.

Paper: YOLOv10, arXiv:2405.14458. Models above s also have CIBs in the backbone, which are not here.
"""

from __future__ import annotations

from mmyolo.models import YOLOv8CSPDarknet
from torch import nn

from tinydet.models.layers.psa import PSA
from tinydet.models.layers.scdown import SCDown
from tinydet.registry import MODELS

DECOUPLED = (2, 3)  # zero-based stages, of strides 16 and 32


@MODELS.register_module()
class YOLOv10CSPDarknet(YOLOv8CSPDarknet):
    """:class:`mmyolo.models.YOLOv8CSPDarknet` with :class:`SCDown` and :class:`PSA`.

    The weights of the stem, of the first two stages, of the CSP layers and of the pooling have the
    names and shapes of YOLOv8's.
    """

    def build_stage_layer(self, stage_idx: int, setting: list) -> list[nn.Module]:
        stage = super().build_stage_layer(stage_idx, setting)
        more = dict(norm_cfg=self.norm_cfg, act_cfg=self.act_cfg)
        if stage_idx in DECOUPLED:
            stage[0] = SCDown(stage[0].in_channels, stage[0].out_channels, **more)
        if stage_idx == len(self.arch_setting) - 1:
            stage.append(PSA(stage[0].out_channels, **more))
        return stage
