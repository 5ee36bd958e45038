_base_ = [
    "_model_n_p2.py",
    "../_base_/datasets/aitod_mmyolo.py",
    "../_base_/schedules/lrnet_1500e.py",
    "../_base_/runtime.py",
]

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

model = dict(
    bbox_head=dict(head_module=dict(num_classes=_base_.num_classes)),
    train_cfg=dict(assigner=dict(num_classes=_base_.num_classes)),
    test_cfg=dict(max_per_img=1500),  # the densest image has over 2,600 objects
)
