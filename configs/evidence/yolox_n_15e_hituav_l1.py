"""YOLOX's own L1 in the last two epochs, beside its IoU loss."""

_base_ = "../yolox/yolox_n_15e_hituav.py"

from tinydet.recipes.mmyolo_data import yolox_last_epochs

custom_hooks = [*_base_.custom_hooks, yolox_last_epochs(_base_.train_pipeline, last=2)]
