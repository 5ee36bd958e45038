"""RemDet-X on VisDrone at 640 px. Published (HZAI-ZJNU/RemDet): AP 29.9.

Eight GPUs with 8 images each. Stronger scaling than RemDet-S, and a tenth of the mosaics blended.
"""

_base_ = "remdet_s_300e_visdrone.py"

from tinydet.recipes.mmyolo_data import last_epochs, mosaics, whole_images

size = dict(deepen_factor=1.0, widen_factor=1.25)
last = 768  # channels of the last stage before the widen_factor
channels = [256, 512, last]
model = dict(
    backbone=dict(size, last_stage_out_channels=last),
    neck=dict(size, in_channels=channels, out_channels=channels),
    bbox_head=dict(
        head_module=dict(widen_factor=size["widen_factor"], in_channels=channels),
    ),
)
scaling = (0.1, 1.9)
train_pipeline = mosaics(_base_.img_scale, scaling, mixup=0.1)
train_pipeline_stage2 = whole_images(_base_.img_scale, scaling)
train_dataloader = dict(batch_size=8, dataset=dict(pipeline=train_pipeline))
optim_wrapper = dict(optimizer=dict(batch_size_per_gpu=8))
auto_scale_lr = dict(base_batch_size=64)
average, _ = _base_.custom_hooks
custom_hooks = [
    average,
    last_epochs(train_pipeline_stage2, _base_.max_epochs, _base_.close_mosaic_epochs),
]
del size, last, channels, scaling, average, _  # every name left here becomes a key of the config
