"""Half of the pictures are a crop of half their sides around an object, enlarged twice."""

_base_ = "../yolov8/yolov8_n-p2_15e_hituav.py"

from tinydet.recipes.mmyolo_data import flips

load, annotations, *rest = flips(_base_.img_scale)
crop = dict(type="tinydet.CropAroundObject", size=(160, 128))
train_dataloader = dict(dataset=dict(pipeline=[load, annotations, crop, *rest]))
