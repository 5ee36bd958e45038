"""Copies of small objects in free places, in half of the pictures."""

_base_ = "../yolov8/yolov8_n-p2_15e_hituav.py"

load, annotations, *rest = _base_.train_pipeline
paste = dict(type="tinydet.SmallObjectCopyPaste")
train_dataloader = dict(dataset=dict(pipeline=[load, annotations, paste, *rest]))
