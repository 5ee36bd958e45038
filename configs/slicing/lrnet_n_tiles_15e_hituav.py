"""LR-Net trained and tested on tiles of half the sides of HIT-UAV's pictures, enlarged twice."""

_base_ = "../lrnet/lrnet_n_15e_hituav.py"

from tinydet.recipes import mmyolo_data

size = (128, 160)  # height, width
model = dict(_delete_=True, type="tinydet.SlicedDetector", detector=_base_.model, size=size)
train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type="tinydet.SlicedDataset",
        dataset=dict(_base_.train_dataloader.dataset, pipeline=mmyolo_data.flips(_base_.img_scale)),
        size=size,
    )
)
