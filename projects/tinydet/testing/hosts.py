"""The seven detectors that components are made for: upstream's models at a hundredth of the size.

A host is the model of an upstream config with fewer channels, which builds, trains and predicts on
64 px images in tens of milliseconds on one core. Heads, assigners, losses and post-processing are
upstream's.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable
from dataclasses import dataclass

from mmengine.config import Config, ConfigDict

from tinydet.compat import has_mmyolo

CLASSES = 3
CHANNELS = [8, 16, 32, 64]  # of C2-C5 of the small ResNet-18; C3-C5 of the small CSPDarknets
WIDTH = 16  # channels of the small pyramids and heads
SMALL_YOLO = dict(deepen_factor=0.01, widen_factor=1 / 16)  # one block a stage

# mmdet's preprocessor pads images and does not normalize them here.
SMALL_RESNET = dict(
    depth=18,
    base_channels=CHANNELS[0],
    frozen_stages=-1,
    norm_cfg=dict(type="BN", requires_grad=True),
    norm_eval=False,
    style="pytorch",
    init_cfg=None,
)


@dataclass(frozen=True)
class Host:
    """One detector.

    Attributes:
        name: Name in the tables.
        base: The upstream config of the model.
        family: ``two-stage``, ``dense`` or ``yolo``.
    """

    name: str
    base: str
    family: str

    @property
    def available(self) -> bool:
        """Whether the package of the upstream config is installed."""
        return self.base.startswith("mmdet") or has_mmyolo()

    @property
    def channels(self) -> list[int]:
        """Channels of the levels of the small backbone, fine to coarse."""
        return CHANNELS[1:] if self.family == "yolo" else CHANNELS

    def model(self) -> ConfigDict:
        """Return a fresh config of the small model."""
        model = copy.deepcopy(_upstream_model(self.base))
        SHRINK[self.family](model)
        return model


@functools.cache
def _upstream_model(base: str) -> ConfigDict:
    return Config.fromstring(f"_base_ = {base!r}", ".py").model


def _shrink_two_stage(model: ConfigDict) -> None:
    model.backbone.update(SMALL_RESNET)
    model.neck.update(in_channels=CHANNELS, out_channels=WIDTH)
    model.rpn_head.update(in_channels=WIDTH, feat_channels=WIDTH)
    model.rpn_head.anchor_generator.scales = [2]
    roi = model.roi_head
    roi.bbox_roi_extractor.out_channels = WIDTH
    heads = roi.bbox_head if isinstance(roi.bbox_head, list) else [roi.bbox_head]
    for head in heads:
        head.update(in_channels=WIDTH, fc_out_channels=WIDTH, num_classes=CLASSES)
    for stage in (model.train_cfg.rpn_proposal, model.test_cfg.rpn):
        stage.update(nms_pre=100, max_per_img=50)
    model.test_cfg.rcnn.score_thr = 0.0


def _shrink_dense(model: ConfigDict) -> None:
    model.backbone.update(SMALL_RESNET)
    model.neck.update(in_channels=CHANNELS, out_channels=WIDTH)
    head = model.bbox_head
    head.update(in_channels=WIDTH, feat_channels=WIDTH, stacked_convs=1, num_classes=CLASSES)
    if head.type == "FCOSHead":
        head.norm_cfg = dict(type="GN", num_groups=4, requires_grad=True)
    else:
        head.anchor_generator.octave_base_scale = 2
    model.test_cfg.update(nms_pre=100, score_thr=0.0)


def _shrink_yolo(model: ConfigDict) -> None:
    model.backbone.update(SMALL_YOLO)
    model.neck.update(SMALL_YOLO)
    module = model.bbox_head.head_module
    module.update(num_classes=CLASSES, widen_factor=SMALL_YOLO["widen_factor"])
    if model.bbox_head.type == "YOLOv8Head":
        model.train_cfg.assigner.num_classes = CLASSES
    # YOLOX resizes some batches to 480 px and more.
    model.data_preprocessor.pop("batch_augments", None)
    model.test_cfg.update(nms_pre=100, score_thr=0.0)


SHRINK: dict[str, Callable[[ConfigDict], None]] = {
    "two-stage": _shrink_two_stage,
    "dense": _shrink_dense,
    "yolo": _shrink_yolo,
}

HOSTS = {
    name: Host(name, base, family)
    for name, base, family in (
        ("Faster R-CNN", "mmdet::_base_/models/faster-rcnn_r50_fpn.py", "two-stage"),
        ("Cascade R-CNN", "mmdet::_base_/models/cascade-rcnn_r50_fpn.py", "two-stage"),
        ("RetinaNet", "mmdet::_base_/models/retinanet_r50_fpn.py", "dense"),
        ("FCOS", "mmdet::fcos/fcos_r50-caffe_fpn_gn-head_1x_coco.py", "dense"),
        ("YOLOv5", "mmyolo::yolov5/yolov5_s-v61_syncbn_fast_8xb16-300e_coco.py", "yolo"),
        ("YOLOX", "mmyolo::yolox/yolox_s_fast_8xb8-300e_coco.py", "yolo"),
        ("YOLOv8", "mmyolo::yolov8/yolov8_n_syncbn_fast_8xb16-500e_coco.py", "yolo"),
    )
}
