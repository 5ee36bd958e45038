"""YOLOv8's head layers with a depthwise-separable branch of classes, as in YOLOv10 and YOLO11.

Paper: YOLOv10, arXiv:2405.14458, section 3.2, "lightweight classification head": the branch of
classes costs 2.5 times the branch of boxes in YOLOv8, but errors of boxes cost more AP.
"""

from __future__ import annotations

from mmcv.cnn import DepthwiseSeparableConvModule
from mmyolo.models import YOLOv8HeadModule
from torch import nn

from tinydet.registry import MODELS

MOST_CHANNELS = 100  # between the layers, unless the finest level has more


@MODELS.register_module()
class LightClassHeadModule(YOLOv8HeadModule):
    """:class:`mmyolo.models.YOLOv8HeadModule` with two depthwise-separable 3x3 for the classes."""

    def _init_layers(self) -> None:
        super()._init_layers()
        hidden = max(self.in_channels[0], min(self.num_classes, MOST_CHANNELS))
        self.cls_preds = nn.ModuleList(
            nn.Sequential(
                self._separable(channels, hidden),
                self._separable(hidden, hidden),
                nn.Conv2d(hidden, self.num_classes, 1),
            )
            for channels in self.in_channels
        )

    def _separable(self, in_channels: int, out_channels: int) -> nn.Module:
        return DepthwiseSeparableConvModule(
            in_channels,
            out_channels,
            3,
            padding=1,
            norm_cfg=self.norm_cfg,
            act_cfg=self.act_cfg,
        )
