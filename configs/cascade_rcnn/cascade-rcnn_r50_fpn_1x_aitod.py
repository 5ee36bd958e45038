"""Cascade R-CNN on AI-TOD. Published (SARL, Table I): AP 13.8."""

_base_ = ["_r50_fpn_1x.py", "../_base_/datasets/aitod_mmdet.py"]

heads = _base_.model.roi_head.bbox_head
heads[0].num_classes = _base_.num_classes
heads[1].num_classes = _base_.num_classes
heads[2].num_classes = _base_.num_classes

model = dict(roi_head=dict(bbox_head=heads))
