"""Faster R-CNN on COCO 2017: mmdet's model, and its rate by the linear rule (0.01 at batch 8)."""

_base_ = ["_stock_r50_fpn_1x.py", "../_base_/datasets/coco_mmdet.py"]

model = dict(roi_head=dict(bbox_head=dict(num_classes=_base_.num_classes)))
