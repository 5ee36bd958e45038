"""AI-TOD at its own 800 px, trainval -> test, for mmyolo's detectors."""

_base_ = "aitod_mmyolo.py"

img_scale = (800, 800)  # width, height

train_pipeline = _base_.train_pipeline
train_pipeline[2].img_scale = img_scale  # mosaic
train_pipeline[3].border = (-img_scale[0] // 2, -img_scale[1] // 2)
train_pipeline_stage2 = _base_.train_pipeline_stage2
train_pipeline_stage2[2].scale = img_scale
train_pipeline_stage2[3].scale = img_scale
test_pipeline = _base_.test_dataloader.dataset.pipeline
test_pipeline[1].scale = img_scale
test_pipeline[2].scale = img_scale

train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader
