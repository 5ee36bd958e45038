"""Faster R-CNN on AI-TOD. Published: AP 11.1."""

_base_ = ["_r50_fpn_1x.py", "../_base_/datasets/aitod_mmdet.py"]

model = dict(roi_head=dict(bbox_head=dict(num_classes=_base_.num_classes)))
