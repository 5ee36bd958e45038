"""The plain host of d3q/. Published with 900 queries (XianHYe/mmdet3-D3Q, Table 2): AP 28.5."""

_base_ = ["_r50_24e.py", "../_base_/datasets/aitodv2_mmdet.py"]

from tinydet.recipes.dino import P2

model = dict(bbox_head=dict(num_classes=_base_.num_classes), **P2)
