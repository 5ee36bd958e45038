"""Mosaic training at 800 px, the size of AI-TOD's images."""

_base_ = "_mosaic.py"

img_scale = (800, 800)  # width, height

train_pipeline = _base_.train_pipeline
train_pipeline[2].img_scale = img_scale  # mosaic
train_pipeline[3].border = (-img_scale[0] // 2, -img_scale[1] // 2)
train_pipeline_stage2 = _base_.train_pipeline_stage2
train_pipeline_stage2[2].scale = img_scale
train_pipeline_stage2[3].scale = img_scale
test_pipeline = _base_.test_pipeline
test_pipeline[1].scale = img_scale
test_pipeline[2].scale = img_scale

train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader
