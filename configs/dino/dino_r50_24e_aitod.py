"""DINO on AI-TOD. Published (SARL, Table I): AP 23.2."""

_base_ = ["_r50_24e.py", "../_base_/datasets/aitod_mmdet.py"]

model = dict(bbox_head=dict(num_classes=_base_.num_classes))
