"""Faster R-CNN on Pascal VOC: mmdet's model; 12 epochs, its 4 of a set repeated 3 times."""

_base_ = ["_stock_r50_fpn_1x.py", "../_base_/datasets/voc_mmdet.py"]

model = dict(roi_head=dict(bbox_head=dict(num_classes=_base_.num_classes)))
