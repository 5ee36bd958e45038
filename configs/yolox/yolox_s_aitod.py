_base_ = ["_model_s.py", "../_base_/aitod_800_yolo_300e.py"]

model = dict(
    bbox_head=dict(head_module=dict(num_classes=_base_.num_classes)),
    test_cfg=dict(max_per_img=1500),  # what the protocol looks at, per class
)
optim_wrapper = dict(optimizer=dict(lr=0.01 * 8 / 64))  # YOLOX's rate is for a batch of 64
custom_hooks = [
    _base_.custom_hooks[0],
    dict(  # whole images, and the L1 loss, for the last epochs
        type="mmyolo.YOLOXModeSwitchHook",
        num_last_epochs=_base_.close_mosaic_epochs,
        new_train_pipeline=_base_.train_pipeline_stage2,
        priority=48,
    ),
]
