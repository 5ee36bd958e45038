"""CenterNet (objects as points) with ResNet-18 and DCNv2, as mmdet trains it: crops of 512 px.

The published AI-TOD row has DLA-34 (`centernet_dla34_140e_aitod.py`): expect less. SGD 0.02 for a
batch of 128; an epoch is five passes over the data. 1,500 peaks in the place of 100.
"""

_base_ = []  # before the imports: see configs/README.md

from tinydet.recipes.runtime import *
from tinydet.recipes.upstream import upstream_model, upstream_pipeline

upstream = "mmdet::centernet/centernet_r18-dcnv2_8xb16-crop512-140e_coco.py"
load = dict(type="tinydet.LoadImageFromFile", to_float32=True)
model = upstream_model(upstream, test_cfg=dict(topk=1500, max_per_img=1500))
crop_pipeline = upstream_pipeline(upstream, "train_pipeline", LoadImageFromFile=load)
whole_pipeline = upstream_pipeline(upstream, "test_pipeline", LoadImageFromFile=load)
del load, upstream  # every name left here becomes a key of the config

max_epochs = 28  # 140 passes
train_cfg = dict(type="EpochBasedTrainLoop", max_epochs=max_epochs, val_interval=7)
optim_wrapper = dict(
    type="OptimWrapper",
    optimizer=dict(type="SGD", lr=0.02, momentum=0.9, weight_decay=1e-4),
    clip_grad=dict(max_norm=35, norm_type=2),
)
param_scheduler = [
    dict(type="LinearLR", start_factor=0.001, by_epoch=False, begin=0, end=1000),
    dict(type="MultiStepLR", by_epoch=True, begin=0, end=max_epochs, milestones=[18, 24]),
]
auto_scale_lr = dict(enable=False, base_batch_size=128)
