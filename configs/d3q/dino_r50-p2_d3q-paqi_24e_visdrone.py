"""Dome-DETR's selection of 250 to 500 queries in D3Q's head; its own host is D-FINE."""

_base_ = ["_r50-p2_24e.py", "../_base_/datasets/visdrone_mmdet.py"]

model = dict(
    num_queries=500,
    query_selector=dict(type="tinydet.PAQI", minimum=250),
    bbox_head=dict(num_classes=_base_.num_classes),
    test_cfg=dict(max_per_img=500),
)
