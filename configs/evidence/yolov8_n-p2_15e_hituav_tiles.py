"""Tiles of half the picture's sides, enlarged twice, in training and test."""

_base_ = "../yolov8/yolov8_n-p2_15e_hituav.py"

from tinydet.recipes.mmyolo_data import flips

tile = (128, 160)  # height, width
model = dict(_delete_=True, type="tinydet.SlicedDetector", detector=_base_.model, size=tile)
train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type="tinydet.SlicedDataset",
        dataset=dict(_base_.train_dataloader.dataset, pipeline=flips(_base_.img_scale)),
        size=tile,
    )
)
