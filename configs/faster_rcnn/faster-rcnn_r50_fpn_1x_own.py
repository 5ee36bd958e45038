"""Faster R-CNN on your own COCO JSON with the settings of AI-TOD."""

_base_ = ["_r50_fpn_1x.py", "../_base_/datasets/own_mmdet.py"]

model = dict(roi_head=dict(bbox_head=dict(num_classes=_base_.num_classes)))
