"""VisDrone2019-DET, train -> val, 1333 x 800 px, for mmdet's detectors."""

_base_ = ["_visdrone.py", "_mmdet.py"]

img_scale = (1333, 800)  # width, height
train_pipeline = _base_.train_pipeline
train_pipeline[2].scale = img_scale
test_pipeline = _base_.test_pipeline
test_pipeline[1].scale = img_scale

train_dataloader = dict(dataset=dict(pipeline=train_pipeline, **_base_.train_data))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline, **_base_.val_data))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline, **_base_.test_data))
