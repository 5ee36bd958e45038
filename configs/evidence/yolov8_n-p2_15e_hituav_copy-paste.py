"""Copies of small objects in free places, in half of the pictures."""

_base_ = "../yolov8/yolov8_n-p2_15e_hituav.py"

from tinydet.recipes.mmyolo_data import flips

train_dataloader = dict(dataset=dict(pipeline=flips(paste=True)))
