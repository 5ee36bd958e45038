"""RemNet, the backbone of RemDet: YOLOv8's stages with GatedFFN and CED in them.

Paper: RemDet, AAAI 2025, arXiv:2412.10040.
"""

from __future__ import annotations

from mmyolo.models import YOLOv8CSPDarknet
from mmyolo.models.utils import make_divisible, make_round
from torch import nn

from tinydet.models.layers.remdet import CED, GatedFFN
from tinydet.registry import MODELS


@MODELS.register_module()
class RemNet(YOLOv8CSPDarknet):
    """:class:`mmyolo.models.YOLOv8CSPDarknet` of GatedFFN, downsampled by CED after stride 4.

    Args:
        as_published: Repeat a fault of the public code, see :mod:`tinydet.models.layers.remdet`.
        **kwargs: All arguments of the backbone.
    """

    # Channels in and out, blocks, shortcuts, SPPF.
    arch_settings = {
        "P5": [
            [64, 128, 3, True, False],
            [128, 256, 3, True, False],
            [256, 512, 6, True, False],
            [512, None, 3, True, True],
        ]
    }

    def __init__(self, *args, as_published: bool = False, **kwargs) -> None:
        self.as_published = as_published
        super().__init__(*args, **kwargs)

    def build_stage_layer(self, stage_idx: int, setting: list) -> list[nn.Module]:
        stage = super().build_stage_layer(stage_idx, setting)
        source, channels = (make_divisible(width, self.widen_factor) for width in setting[:2])
        options = dict(norm_cfg=self.norm_cfg, act_cfg=self.act_cfg)
        if stage_idx > 0:
            stage[0] = CED(source, channels, **options)
        blocks = make_round(setting[2], self.deepen_factor)
        stage[1] = GatedFFN(channels, blocks, as_published=self.as_published, **options)
        return stage
