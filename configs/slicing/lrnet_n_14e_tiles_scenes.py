"""LR-Net trained on tiles of scenes of 2048 px, and tested in tiles."""

_base_ = "lrnet_n_14e_sliced_scenes.py"
train_dataloader = dict(
    batch_size=8,
    dataset=dict(
        _delete_=True,
        type="tinydet.SlicedDataset",
        dataset=_base_.train_dataloader.dataset,
        size=640,
    ),
)
