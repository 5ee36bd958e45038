_base_ = [
    "_mobilenetv2.py",
    "../_base_/datasets/synthetic_mmyolo.py",
    "../_base_/schedules/adamw_14e.py",
    "../_base_/runtime.py",
]

model = dict(bbox_head=dict(head_module=dict(num_classes=_base_.num_classes)))
optim_wrapper = dict(optimizer=dict(lr=5e-4))
