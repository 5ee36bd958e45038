"""LR-Net's schedule on AI-TOD: SGD, batch 4, 1500 epochs (docs/baselines.md).

YOLOv8's warm-up and linear decay; the last 10 epochs without mosaic.
"""

_base_ = "yolo_300e.py"

max_epochs = 1500
close_mosaic_epochs = 10
train_cfg = dict(
    max_epochs=max_epochs,
    val_interval=50,
    dynamic_intervals=[(max_epochs - close_mosaic_epochs, 1)],
)
auto_scale_lr = dict(base_batch_size=4)
default_hooks = dict(param_scheduler=dict(max_epochs=max_epochs))
