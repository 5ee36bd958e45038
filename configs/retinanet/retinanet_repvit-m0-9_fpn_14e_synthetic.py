_base_ = [
    "_repvit-m0-9_fpn.py",
    "../_base_/datasets/synthetic_mmdet.py",
    "../_base_/schedules/adamw_14e.py",
]

model = dict(bbox_head=dict(num_classes=_base_.num_classes))
optim_wrapper = dict(optimizer=dict(lr=5e-4))
