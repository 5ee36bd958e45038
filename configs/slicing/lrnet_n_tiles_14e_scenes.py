"""LR-Net trained on tiles of 640 px of scenes of 2048 px, and tested in such tiles."""

_base_ = "../lrnet/lrnet_n_14e_scenes.py"

from tinydet.recipes import mmyolo_data

model = dict(_delete_=True, type="tinydet.SlicedDetector", detector=_base_.model, size=640)
train_dataloader = dict(
    batch_size=8,
    dataset=dict(
        _delete_=True,
        type="tinydet.SlicedDataset",
        dataset=_base_.train_dataloader.dataset,
        size=640,
    ),
)
val_dataloader = dict(dataset=dict(pipeline=mmyolo_data.test_images((640, 640))))  # of a tile
test_dataloader = val_dataloader
