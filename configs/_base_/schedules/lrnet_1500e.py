"""LR-Net's schedule on AI-TOD: SGD, batch 4, 1500 epochs (docs/baselines.md).

YOLOv8's warm-up and linear decay; the last 10 epochs without mosaic.
"""

_base_ = []  # before the imports: see configs/README.md

from tinydet.recipes.runtime import *
from tinydet.recipes.schedules import moving_average, yolo_rates, yolo_sgd

max_epochs = 1500
close_mosaic_epochs = 10
train_cfg = dict(
    type="EpochBasedTrainLoop",
    max_epochs=max_epochs,
    val_interval=50,
    dynamic_intervals=[(max_epochs - close_mosaic_epochs, 1)],
)
optim_wrapper = yolo_sgd(batch_size_per_gpu=4)
auto_scale_lr = dict(enable=False, base_batch_size=4)
param_scheduler = None  # the hook sets rate and momentum
default_hooks = dict(default_hooks, param_scheduler=yolo_rates(max_epochs))
custom_hooks = [moving_average(momentum=0.0001)]
