"""AdamW for 12 epochs from a pretrained backbone, for small data sets on one device.

Warm-up over the first 150 steps, then a cosine to a twentieth of the rate. Batch 4.
"""

_base_ = []  # before the imports: see configs/README.md

from tinydet.recipes.runtime import *
from tinydet.recipes.schedules import adamw, cosine, moving_average

max_epochs = 12
train_cfg = dict(type="EpochBasedTrainLoop", max_epochs=max_epochs, val_interval=4)
optim_wrapper = adamw(lr=5e-4)
param_scheduler = cosine(max_epochs, warm_up=150, eta_min=2.5e-5)
auto_scale_lr = dict(enable=False, base_batch_size=4)
custom_hooks = [moving_average(momentum=0.002, gamma=200)]
