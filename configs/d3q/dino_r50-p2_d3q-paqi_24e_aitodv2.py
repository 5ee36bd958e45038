"""Dome-DETR's selection of 300 to 1,500 queries in D3Q's head; its own host is D-FINE."""

_base_ = "dino_r50-p2_d3q_24e_aitodv2.py"

model = dict(
    num_queries=1500,
    query_selector=dict(type="tinydet.PAQI"),
    test_cfg=dict(max_per_img=1500),
)
