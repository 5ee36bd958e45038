"""D3Q on your own COCO JSON with the settings of AI-TOD."""

_base_ = ["_r50-p2_24e.py", "../_base_/datasets/own_mmdet.py"]

model = dict(bbox_head=dict(num_classes=_base_.num_classes))
