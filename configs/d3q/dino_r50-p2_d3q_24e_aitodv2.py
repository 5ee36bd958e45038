"""Published (XianHYe/mmdet3-D3Q, Table 2): AP 30.2; 32.1 from a pretrained DINO."""

_base_ = ["_r50-p2_24e.py", "../_base_/datasets/aitodv2_mmdet.py"]

model = dict(bbox_head=dict(num_classes=_base_.num_classes))
