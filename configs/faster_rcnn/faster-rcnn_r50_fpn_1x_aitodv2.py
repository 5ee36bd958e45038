"""Faster R-CNN on AI-TOD-v2. Published: AP 12.8."""

_base_ = ["_r50_fpn_1x.py", "../_base_/datasets/aitodv2_mmdet.py"]

model = dict(roi_head=dict(bbox_head=dict(num_classes=_base_.num_classes)))
