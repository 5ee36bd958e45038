"""AdamW for 14 epochs from random weights, for the synthetic images on a CPU.

Warm-up over the first epoch, then a cosine to a fifteenth of the rate. Batch 4: in a run of
minutes many small steps get further than few large ones.
"""

max_epochs = 14
train_cfg = dict(type="EpochBasedTrainLoop", max_epochs=max_epochs, val_interval=2)
val_cfg = dict(type="ValLoop")
test_cfg = dict(type="TestLoop")

optim_wrapper = dict(
    type="OptimWrapper",
    optimizer=dict(type="AdamW", lr=1.5e-3, weight_decay=0.05),
    paramwise_cfg=dict(norm_decay_mult=0, bias_decay_mult=0),
    clip_grad=dict(max_norm=10.0),
)
param_scheduler = [
    dict(type="LinearLR", start_factor=0.01, by_epoch=False, begin=0, end=150),
    dict(
        type="CosineAnnealingLR",
        eta_min=1e-4,
        begin=0,
        T_max=max_epochs,
        end=max_epochs,
        by_epoch=True,
        convert_to_iter_based=True,
    ),
]
auto_scale_lr = dict(enable=False, base_batch_size=4)
custom_hooks = [
    dict(
        type="EMAHook",
        ema_type="mmdet.ExpMomentumEMA",
        momentum=0.002,
        gamma=200,
        update_buffers=True,
        priority=49,
    )
]
