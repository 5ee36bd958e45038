_base_ = [
    "_model_n.py",
    "../_base_/datasets/synthetic_mmyolo.py",
    "../_base_/schedules/adamw_14e.py",
]

model = dict(
    bbox_head=dict(head_module=dict(num_classes=_base_.num_classes)),
    train_cfg=dict(assigner=dict(num_classes=_base_.num_classes)),
)
