"""AdamW for 12 epochs from a pretrained backbone, for small data sets on one device.

Warm-up over the first 150 steps, then a cosine to a twentieth of the rate. Batch 4.
"""

_base_ = "adamw_14e.py"

max_epochs = 12
train_cfg = dict(max_epochs=max_epochs, val_interval=4)
optim_wrapper = dict(optimizer=dict(lr=5e-4))
param_scheduler = [
    dict(type="LinearLR", start_factor=0.01, by_epoch=False, begin=0, end=150),
    dict(
        type="CosineAnnealingLR",
        eta_min=2.5e-5,
        begin=0,
        T_max=max_epochs,
        end=max_epochs,
        by_epoch=True,
        convert_to_iter_based=True,
    ),
]
