"""YOLOX at half the width of YOLOX-s, for a CPU."""

_base_ = [
    "_model_s.py",
    "../_base_/datasets/hituav_mmyolo.py",
    "../_base_/schedules/adamw_15e.py",
]

model = dict(
    backbone=dict(widen_factor=0.25),
    neck=dict(widen_factor=0.25),
    bbox_head=dict(head_module=dict(num_classes=_base_.num_classes, widen_factor=0.25)),
)
