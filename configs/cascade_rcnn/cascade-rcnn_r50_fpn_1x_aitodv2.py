"""Cascade R-CNN on AI-TOD-v2. Published (NWD-RKA's repository): AP 15.1."""

_base_ = ["_r50_fpn_1x.py", "../_base_/datasets/aitodv2_mmdet.py"]

heads = _base_.model.roi_head.bbox_head
heads[0].num_classes = _base_.num_classes
heads[1].num_classes = _base_.num_classes
heads[2].num_classes = _base_.num_classes

model = dict(roi_head=dict(bbox_head=heads))
