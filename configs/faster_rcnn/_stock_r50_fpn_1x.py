"""Faster R-CNN as mmdet ships it, for images of everyday objects; 12 epochs at batch 8."""

_base_ = [
    "mmdet::_base_/models/faster-rcnn_r50_fpn.py",
    "../_base_/schedules/sgd_1x.py",
    "../_base_/runtime.py",
]
