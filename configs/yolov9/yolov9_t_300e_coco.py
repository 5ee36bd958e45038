_base_ = [
    "_model_t.py",
    "../_base_/datasets/coco_mmyolo.py",
    "../_base_/schedules/lrnet_300e.py",
]

from tinydet.recipes.mmyolo_data import last_epochs

model = dict(
    bbox_head=dict(head_module=dict(num_classes=_base_.num_classes)),
    train_cfg=dict(assigner=dict(num_classes=_base_.num_classes)),
)
train_dataloader = dict(batch_size=8)
custom_hooks = [
    *_base_.custom_hooks,
    last_epochs(_base_.train_pipeline_stage2, _base_.max_epochs, _base_.close_mosaic_epochs),
]
