_base_ = ["_s_300e.py", "../_base_/datasets/own_mmyolo.py"]

from tinydet.recipes.mmyolo_data import last_epochs

model = dict(
    bbox_head=dict(head_module=dict(num_classes=_base_.num_classes)),
    train_cfg=dict(assigner=dict(num_classes=_base_.num_classes)),
    test_cfg=dict(max_per_img=1500),  # what the protocol looks at, per class
)
train_dataloader = dict(batch_size=16)
custom_hooks = [
    *_base_.custom_hooks,
    last_epochs(_base_.train_pipeline_stage2, _base_.max_epochs, _base_.close_mosaic_epochs),
]
