"""YOLOv5's and YOLOX's 300 epochs of SGD, for the batch of 8 of the SARL paper (docs/baselines.md).

Its "batch of 4 on two GPUs" is read as four on each. The paper states neither epochs nor rate.
Ours: the stock recipe, whose rate of 0.01 YOLOv5 keeps at small batches; the last 15 epochs
without mosaic, as in YOLOX. A config that takes this adds the hook that switches to
`train_pipeline_stage2` of its data set.
"""

_base_ = "../runtime.py"

max_epochs = 300
close_mosaic_epochs = 15
train_cfg = dict(
    type="EpochBasedTrainLoop",
    max_epochs=max_epochs,
    val_interval=10,
    dynamic_intervals=[(max_epochs - close_mosaic_epochs, 1)],
)
val_cfg = dict(type="ValLoop")
test_cfg = dict(type="TestLoop")

optim_wrapper = dict(
    type="OptimWrapper",
    optimizer=dict(
        type="SGD",
        lr=0.01,
        momentum=0.937,
        weight_decay=5e-4,
        nesterov=True,
        batch_size_per_gpu=4,  # the constructor scales the weight decay by the total batch
    ),
    constructor="mmyolo.YOLOv5OptimizerConstructor",
    clip_grad=dict(max_norm=10.0),
)
auto_scale_lr = dict(enable=False, base_batch_size=8)
param_scheduler = None  # the hook sets rate and momentum
default_hooks = dict(
    param_scheduler=dict(
        _delete_=True,
        type="mmyolo.YOLOv5ParamSchedulerHook",
        scheduler_type="linear",
        lr_factor=0.01,
        max_epochs=max_epochs,
    )
)
custom_hooks = [
    dict(
        type="EMAHook",
        ema_type="mmdet.ExpMomentumEMA",
        momentum=0.0001,
        update_buffers=True,
        priority=49,
    )
]
