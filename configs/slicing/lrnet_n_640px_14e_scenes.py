"""LR-Net on scenes of 2048 px that are resized to 640 px, as most people train."""

_base_ = "../lrnet/lrnet_n_14e_scenes.py"

from tinydet.recipes import mmyolo_data

img_scale = (640, 640)  # width, height
train_dataloader = dict(batch_size=4, dataset=dict(pipeline=mmyolo_data.flips(img_scale)))
val_dataloader = dict(dataset=dict(pipeline=mmyolo_data.test_images(img_scale)))
test_dataloader = val_dataloader
