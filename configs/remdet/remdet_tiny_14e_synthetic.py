"""RemDet-Tiny (AAAI 2025, arXiv:2412.10040)."""

_base_ = [
    "_model_s.py",
    "../_base_/datasets/synthetic_mmyolo.py",
    "../_base_/schedules/adamw_14e.py",
]

model = dict(
    backbone=dict(widen_factor=0.25),
    neck=dict(widen_factor=0.25),
    bbox_head=dict(head_module=dict(widen_factor=0.25, num_classes=_base_.num_classes)),
    train_cfg=dict(assigner=dict(num_classes=_base_.num_classes)),
)
