"""As in the rows of LR-Net's tables, 300 detections an image are kept, mmyolo's own number."""

_base_ = [
    "_model_t-p2.py",
    "../_base_/datasets/aitod_mmyolo.py",
    "../_base_/schedules/lrnet_1500e.py",
]

from tinydet.recipes.mmyolo_data import last_epochs

model = dict(
    bbox_head=dict(head_module=dict(num_classes=_base_.num_classes)),
    train_cfg=dict(assigner=dict(num_classes=_base_.num_classes)),
)
custom_hooks = [
    *_base_.custom_hooks,
    last_epochs(_base_.train_pipeline_stage2, _base_.max_epochs, _base_.close_mosaic_epochs),
]
