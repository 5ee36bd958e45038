"""YOLOX on MobileNetV2 on your own COCO JSON, with YOLOX' schedule (see _s_300e.py)."""

_base_ = [
    "_mobilenetv2.py",
    "../_base_/datasets/own_mmyolo.py",
    "../_base_/schedules/yolo_300e.py",
]

model = dict(
    bbox_head=dict(head_module=dict(num_classes=_base_.num_classes)),
    test_cfg=dict(max_per_img=1500),  # what the protocol looks at, per class
)
train_dataloader = dict(batch_size=8)
optim_wrapper = dict(optimizer=dict(lr=0.01 * 8 / 64, batch_size_per_gpu=8))
default_hooks = dict(param_scheduler=dict(warmup_bias_lr=0.0))
custom_hooks = [
    *_base_.custom_hooks,
    dict(  # whole images, and the L1 loss, for the last epochs
        type="mmyolo.YOLOXModeSwitchHook",
        num_last_epochs=_base_.close_mosaic_epochs,
        new_train_pipeline=_base_.train_pipeline_stage2,
        priority=48,
    ),
]
