_base_ = [
    "_mobilenetv2_fpn.py",
    "../_base_/datasets/hituav_mmdet.py",
    "../_base_/schedules/adamw_12e.py",
]

model = dict(bbox_head=dict(num_classes=_base_.num_classes))
