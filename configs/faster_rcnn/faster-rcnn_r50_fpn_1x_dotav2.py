"""Faster R-CNN on DOTA-v2.0 with the settings of AI-TOD, on tiles of 1024 px (as RFLA)."""

_base_ = ["_r50_fpn_1x.py", "../_base_/datasets/dotav2_mmdet.py"]

model = dict(roi_head=dict(bbox_head=dict(num_classes=_base_.num_classes)))
