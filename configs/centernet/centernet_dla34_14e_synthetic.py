"""CenterNet with a DLA-34 of half the width from random weights, for the synthetic images."""

_base_ = [
    "_dla34.py",
    "../_base_/datasets/synthetic_mmdet.py",
    "../_base_/schedules/adamw_14e.py",
]

norm_cfg = dict(type="GN", num_groups=8)
model = dict(
    backbone=dict(base_channels=8, norm_cfg=norm_cfg, init_cfg=None),
    neck=dict(in_channels=[32, 64, 128, 256], norm_cfg=norm_cfg),
    bbox_head=dict(in_channels=32, feat_channels=64, num_classes=_base_.num_classes),
)
size = dict(crop_size=_base_.img_scale, scale=_base_.img_scale)  # of the steps that have one
for step in _base_.crop_pipeline:
    step.update({key: value for key, value in size.items() if key in step})
train_dataloader = dict(batch_sampler=None, dataset=dict(pipeline=_base_.crop_pipeline))
val_dataloader = dict(dataset=dict(pipeline=_base_.whole_pipeline))
test_dataloader = val_dataloader
del size, step  # every name left here becomes a key of the config
