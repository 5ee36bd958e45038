"""VisDrone with LR-Net's schedule, batch 8."""

_base_ = ["../_base_/datasets/visdrone_mmyolo.py", "../_base_/schedules/lrnet_300e.py"]

train_dataloader = dict(batch_size=8)
custom_hooks = [
    *_base_.custom_hooks,
    dict(
        type="mmdet.PipelineSwitchHook",
        switch_epoch=_base_.max_epochs - _base_.close_mosaic_epochs,
        switch_pipeline=_base_.train_pipeline_stage2,
    ),
]
