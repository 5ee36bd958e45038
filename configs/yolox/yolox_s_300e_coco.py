_base_ = [
    "_model_s.py",
    "../_base_/datasets/coco_mmyolo.py",
    "../_base_/schedules/yolox_300e.py",
]

from tinydet.recipes.mmyolo_data import yolox_last_epochs

model = dict(
    bbox_head=dict(head_module=dict(num_classes=_base_.num_classes)),
)
custom_hooks = [
    *_base_.custom_hooks,
    yolox_last_epochs(_base_.train_pipeline_stage2, _base_.close_mosaic_epochs),
]
