"""Mosaics, scales, colors as YOLOv8 trains, instead of flips alone."""

_base_ = "../yolov8/yolov8_n-p2_15e_hituav.py"

from tinydet.recipes import mmyolo_data

train_dataloader = dict(dataset=dict(pipeline=mmyolo_data.mosaics(_base_.img_scale)))
