"""AI-TOD-v2 at 800 px by the 300 epochs of YOLOv5: what its detectors of several folders share."""

_base_ = ["datasets/aitodv2_800_mmyolo.py", "schedules/yolo_300e.py"]

custom_hooks = [
    *_base_.custom_hooks,
    dict(
        type="mmdet.PipelineSwitchHook",
        switch_epoch=_base_.max_epochs - _base_.close_mosaic_epochs,
        switch_pipeline=_base_.train_pipeline_stage2,
    ),
]
