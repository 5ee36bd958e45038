"""YOLOv5's and YOLOX's 300 epochs of SGD, for the batch of 8 of the SARL paper (docs/baselines.md).

Its "batch of 4 on two GPUs" is read as four on each. The paper states neither epochs nor rate.
Ours: the stock recipe, whose rate of 0.01 YOLOv5 keeps at small batches; the last 15 epochs
without mosaic, as in YOLOX. A config adds the hook that switches to whole images: `last_epochs` or
`yolox_last_epochs` of tinydet.recipes.mmyolo_data.
"""

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
optim_wrapper = yolo_sgd(batch_size_per_gpu=4)
auto_scale_lr = dict(enable=False, base_batch_size=8)
param_scheduler = None  # the hook sets rate and momentum
default_hooks = dict(default_hooks, param_scheduler=yolo_rates(max_epochs))
custom_hooks = [moving_average(momentum=0.0001)]
