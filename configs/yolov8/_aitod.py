"""AI-TOD with LR-Net's schedule: what the detectors of this folder share."""

_base_ = ["../_base_/datasets/aitod_mmyolo.py", "../_base_/schedules/lrnet_1500e.py"]

custom_hooks = [
    *_base_.custom_hooks,
    dict(
        type="mmdet.PipelineSwitchHook",
        switch_epoch=_base_.max_epochs - _base_.close_mosaic_epochs,
        switch_pipeline=_base_.train_pipeline_stage2,
    ),
]
