"""The recipe of docs/recipe.md on your own pictures of more than 1,500 px, in tiles of 640 px."""

_base_ = "tiny_drone_own.py"

model = dict(_delete_=True, type="tinydet.SlicedDetector", detector=_base_.model, size=640)
train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type="tinydet.SlicedDataset",
        dataset=_base_.train_dataloader.dataset,
        size=640,
    )
)
