_base_ = ["_r50_fpn_1x.py", "../_base_/datasets/aitodv2_mmdet.py"]

model = dict(bbox_head=dict(num_classes=_base_.num_classes))
