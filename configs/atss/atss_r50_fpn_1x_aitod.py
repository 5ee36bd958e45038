"""ATSS on AI-TOD. Published: AP 12.8."""

_base_ = ["_r50_fpn_1x.py", "../_base_/datasets/aitod_mmdet.py"]

model = dict(bbox_head=dict(num_classes=_base_.num_classes))
