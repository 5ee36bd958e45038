"""Dome-DETR's selection of 60 to 180 queries in D3Q's head, in windows of 80 px."""

_base_ = "dino_r18_d3q_14e_synthetic.py"

model = dict(query_selector=dict(_delete_=True, type="tinydet.PAQI", minimum=60, window=10))
