"""The layers of YOLOv9's head: YOLOv8's with one group of channels for each side of a box.

Paper: YOLOv9, arXiv:2402.13616; structure from WongKinYiu/YOLO (MIT). There the branch of classes
has min(2 classes, 128) channels at least, which gives YOLOv9-t 2.41 M parameters on COCO; the 2.0 M
and 7.7 GFLOPs of the published table need one channel a class (WongKinYiu/yolov9, issue 505). Ours
has the width of the table.
"""

from __future__ import annotations

from mmcv.cnn import ConvModule
from mmyolo.models import YOLOv8HeadModule
from mmyolo.models.utils import make_divisible
from torch import nn

from tinydet.registry import MODELS

SIDES = 4  # of a box
MOST_CHANNELS = 128  # of the branch of classes, unless the finest level has more


@MODELS.register_module()
class YOLOv9HeadModule(YOLOv8HeadModule):
    """:class:`mmyolo.models.YOLOv8HeadModule` with the widths and groups of YOLOv9."""

    def _init_layers(self) -> None:
        super()._init_layers()
        finest = self.in_channels[0]
        of_boxes = max(make_divisible(finest // 4, divisor=SIDES), SIDES * self.reg_max, 16)
        of_classes = max(finest, min(self.num_classes, MOST_CHANNELS))
        self.reg_preds = nn.ModuleList(
            self._branch(channels, of_boxes, SIDES * self.reg_max, groups=SIDES)
            for channels in self.in_channels
        )
        self.cls_preds = nn.ModuleList(
            self._branch(channels, of_classes, self.num_classes) for channels in self.in_channels
        )

    def _branch(self, in_channels: int, hidden: int, out: int, groups: int = 1) -> nn.Module:
        more = dict(padding=1, norm_cfg=self.norm_cfg, act_cfg=self.act_cfg)
        return nn.Sequential(
            ConvModule(in_channels, hidden, 3, **more),
            ConvModule(hidden, hidden, 3, groups=groups, **more),
            nn.Conv2d(hidden, out, 1, groups=groups),
        )
