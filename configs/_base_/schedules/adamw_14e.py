"""AdamW for 14 epochs from random weights, for the synthetic images on a CPU.

Warm-up over the first epoch, then a cosine to a fifteenth of the rate. Batch 4: in a run of
minutes many small steps get further than few large ones.
"""

_base_ = []  # before the imports: see configs/README.md

from tinydet.recipes.runtime import *
from tinydet.recipes.schedules import adamw, cosine, moving_average

max_epochs = 14
train_cfg = dict(type="EpochBasedTrainLoop", max_epochs=max_epochs, val_interval=2)
optim_wrapper = adamw(lr=1.5e-3)
param_scheduler = cosine(max_epochs, warm_up=150, eta_min=1e-4)
auto_scale_lr = dict(enable=False, base_batch_size=4)
custom_hooks = [moving_average(momentum=0.002, gamma=200)]
