"""Published (XianHYe/mmdet3-D3Q, Table 1): AP 33.0."""

_base_ = ["_r50-p2_24e.py", "../_base_/datasets/aitod_mmdet.py"]

model = dict(bbox_head=dict(num_classes=_base_.num_classes))
