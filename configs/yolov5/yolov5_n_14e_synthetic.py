"""YOLOv5-n on the synthetic images; anchors a quarter of COCO's, as the objects are."""

_base_ = [
    "_model_s.py",
    "../_base_/datasets/synthetic_mmyolo.py",
    "../_base_/schedules/adamw_14e.py",
    "../_base_/runtime.py",
]

anchors = [
    [(5, 6), (8, 10), (12, 9)],  # P3/8
    [(10, 16), (16, 16), (24, 14)],  # P4/16
    [(14, 26), (26, 26), (44, 44)],  # P5/32
]
model = dict(
    backbone=dict(widen_factor=0.25),
    neck=dict(widen_factor=0.25),
    bbox_head=dict(
        head_module=dict(num_classes=_base_.num_classes, widen_factor=0.25),
        prior_generator=dict(base_sizes=anchors),
        loss_cls=dict(loss_weight=0.5 * _base_.num_classes / 80),
    ),
)
