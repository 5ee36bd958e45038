"""LR-Net's schedule on VisDrone: SGD, batch 8, 300 epochs (docs/baselines.md).

YOLOv8's warm-up and linear decay; the last 10 epochs without mosaic.
"""

_base_ = "yolo_300e.py"

close_mosaic_epochs = 10
train_cfg = dict(dynamic_intervals=[(_base_.max_epochs - close_mosaic_epochs, 1)])
optim_wrapper = dict(optimizer=dict(batch_size_per_gpu=8))
