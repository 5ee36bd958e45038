"""Faster R-CNN on VisDrone with the settings of AI-TOD, at 1333 x 800 px (as SimD)."""

_base_ = ["_r50_fpn_1x.py", "../_base_/datasets/visdrone_mmdet.py"]

model = dict(roi_head=dict(bbox_head=dict(num_classes=_base_.num_classes)))
