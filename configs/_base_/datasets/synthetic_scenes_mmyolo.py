"""Large synthetic scenes (2048 px) as a whole, for mmyolo's detectors. Flips only."""

_base_ = ["_synthetic_scenes.py", "_mmyolo.py"]

img_scale = (2048, 2048)  # width, height
test_pipeline = _base_.test_pipeline
test_pipeline[1].scale = img_scale
test_pipeline[2].scale = img_scale

train_dataloader = dict(batch_size=1, num_workers=1, dataset=_base_.train_data)
val_dataloader = dict(
    batch_size=1, num_workers=1, dataset=dict(pipeline=test_pipeline, **_base_.test_data)
)
test_dataloader = val_dataloader
