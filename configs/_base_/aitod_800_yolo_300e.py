"""AI-TOD at 800 px by the 300 epochs of YOLOv5 and YOLOX: what the SARL rows share."""

_base_ = ["datasets/aitod_800_mmyolo.py", "schedules/yolo_300e.py", "runtime.py"]

param_scheduler = None  # the hook sets rate and momentum
default_hooks = dict(
    param_scheduler=dict(
        _delete_=True,
        type="mmyolo.YOLOv5ParamSchedulerHook",
        scheduler_type="linear",
        lr_factor=0.01,
        max_epochs=_base_.max_epochs,
    )
)
custom_hooks = [
    dict(
        type="EMAHook",
        ema_type="mmdet.ExpMomentumEMA",
        momentum=0.0001,
        update_buffers=True,
        priority=49,
    ),
    dict(
        type="mmdet.PipelineSwitchHook",
        switch_epoch=_base_.max_epochs - _base_.close_mosaic_epochs,
        switch_pipeline=_base_.train_pipeline_stage2,
    ),
]
