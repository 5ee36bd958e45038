"""The backbone of YOLO11-n: C3k2 in place of YOLOv8's CSP layers, and PSA at the end.

No paper describes YOLO11; the facts are the published table of its layers and the number of
parameters, which ours has to the digit (docs/baselines.md).
"""

from __future__ import annotations

from mmcv.cnn import ConvModule
from mmyolo.models import YOLOv8CSPDarknet
from mmyolo.models.layers import SPPFBottleneck
from mmyolo.models.utils import make_divisible, make_round
from torch import nn

from tinydet.models.layers.c3k2 import C3k2
from tinydet.models.layers.psa import PSA
from tinydet.registry import MODELS


@MODELS.register_module()
class YOLO11CSPDarknet(YOLOv8CSPDarknet):
    """:class:`mmyolo.models.YOLOv8CSPDarknet` with :class:`C3k2` and :class:`PSA`.

    The strided convolution of the first two stages has half as many channels as the stage.
    """

    # in_channels, channels of the strided convolution, num_blocks, of the stage, expand_ratio, deep
    arch_settings = {
        "P5": [
            [64, 128, 2, 256, 0.25, False],
            [256, 256, 2, 512, 0.25, False],
            [512, 512, 2, 512, 0.5, True],
            [512, 1024, 2, 1024, 0.5, True],
        ]
    }

    def build_stage_layer(self, stage_idx: int, setting: list) -> list[nn.Module]:
        strided, blocks, out, expand_ratio, deep = setting[1:]
        in_channels, strided, out = (
            make_divisible(channels, self.widen_factor) for channels in (setting[0], strided, out)
        )
        blocks = make_round(blocks, self.deepen_factor)
        more = dict(norm_cfg=self.norm_cfg, act_cfg=self.act_cfg)
        stage = [
            ConvModule(in_channels, strided, 3, stride=2, padding=1, **more),
            C3k2(strided, out, expand_ratio, blocks, deep=deep, **more),
        ]
        if stage_idx == len(self.arch_setting) - 1:
            stage += [SPPFBottleneck(out, out, kernel_sizes=5, **more), PSA(out, blocks, **more)]
        return stage

    def make_stage_plugins(self, plugins: list[dict], stage_idx: int, setting: list) -> list:
        in_channels, out = setting[0], setting[3]  # upstream reads a stage's channels as the second
        return super().make_stage_plugins(plugins, stage_idx, [in_channels, out])
