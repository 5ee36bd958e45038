_base_ = [
    "_model_mobilenetv2-p2.py",
    "../_base_/datasets/hituav_mmyolo.py",
    "../_base_/schedules/adamw_15e.py",
]

model = dict(
    bbox_head=dict(head_module=dict(num_classes=_base_.num_classes)),
    train_cfg=dict(assigner=dict(num_classes=_base_.num_classes)),
)
