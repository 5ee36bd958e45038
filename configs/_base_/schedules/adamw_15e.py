"""AdamW for 15 epochs from random weights, for small data sets on one device.

Warm-up over the first 100 steps, then a cosine to a twentieth of the rate. Batch 8.
"""

_base_ = []  # before the imports: see configs/README.md

from tinydet.recipes.runtime import *
from tinydet.recipes.schedules import adamw, cosine, moving_average

max_epochs = 15
train_cfg = dict(type="EpochBasedTrainLoop", max_epochs=max_epochs, val_interval=5)
optim_wrapper = adamw(lr=2e-3)
param_scheduler = cosine(max_epochs, warm_up=100, eta_min=1e-4)
auto_scale_lr = dict(enable=False, base_batch_size=8)
custom_hooks = [moving_average(momentum=0.002, gamma=200)]
