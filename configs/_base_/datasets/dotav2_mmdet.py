"""DOTA-v2.0, train -> val, tiles of 1024 px, for mmdet's detectors."""

_base_ = ["_dotav2.py", "_mmdet.py"]

img_scale = (1024, 1024)  # width, height
train_pipeline = _base_.train_pipeline
train_pipeline[2].scale = img_scale
test_pipeline = _base_.test_pipeline
test_pipeline[1].scale = img_scale

train_dataloader = dict(dataset=dict(pipeline=train_pipeline, **_base_.train_data))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline, **_base_.test_data))
test_dataloader = val_dataloader
