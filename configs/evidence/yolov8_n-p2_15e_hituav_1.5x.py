"""Pictures enlarged 1.5 times, in training and test."""

_base_ = "../yolov8/yolov8_n-p2_15e_hituav.py"

from tinydet.recipes import mmyolo_data

img_scale = (480, 384)  # width, height
train_dataloader = dict(dataset=dict(pipeline=mmyolo_data.flips(img_scale)))
val_dataloader = dict(dataset=dict(pipeline=mmyolo_data.test_images(img_scale)))
test_dataloader = val_dataloader
