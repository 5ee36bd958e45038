"""YOLOX's 300 epochs of SGD: yolo_300e.py at the rate of YOLOX, 0.01 for a batch of 64."""

_base_ = []  # before the imports: see configs/README.md

from tinydet.recipes.runtime import *
from tinydet.recipes.schedules import moving_average, yolo_rates, yolo_sgd

max_epochs = 300
close_mosaic_epochs = 15
train_cfg = dict(
    type="EpochBasedTrainLoop",
    max_epochs=max_epochs,
    val_interval=10,
    dynamic_intervals=[(max_epochs - close_mosaic_epochs, 1)],
)
optim_wrapper = yolo_sgd(batch_size_per_gpu=4, lr=0.01 * 8 / 64)
auto_scale_lr = dict(enable=False, base_batch_size=8)
param_scheduler = None  # the hook sets rate and momentum
# All weights warm up from 0, as in YOLOX; YOLOv5's 0.1 for biases would be 80 times this rate.
default_hooks = dict(default_hooks, param_scheduler=yolo_rates(max_epochs, warmup_bias_lr=0.0))
custom_hooks = [moving_average(momentum=0.0001)]
