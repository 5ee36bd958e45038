_base_ = ["_s_300e.py", "../_base_/datasets/aitod_800_mmyolo.py"]

model = dict(
    bbox_head=dict(head_module=dict(num_classes=_base_.num_classes)),
    test_cfg=dict(max_per_img=1500),  # what the protocol looks at, per class
)
custom_hooks = [
    *_base_.custom_hooks,
    dict(  # whole images, and the L1 loss, for the last epochs
        type="mmyolo.YOLOXModeSwitchHook",
        num_last_epochs=_base_.close_mosaic_epochs,
        new_train_pipeline=_base_.train_pipeline_stage2,
        priority=48,
    ),
]
