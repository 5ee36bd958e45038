"""SSD512 (VGG-16) as upstream trains it: random crops resized to 512 px, 24 epochs of five passes.

SGD 0.002 for a batch of 64. Whole images of 800 px shrink to 512 in the test.
"""

_base_ = []  # before the imports: see configs/README.md

from tinydet.recipes.runtime import *
from tinydet.recipes.upstream import upstream_model, upstream_pipeline

upstream = "mmdet::ssd/ssd512_coco.py"
load = dict(type="tinydet.LoadImageFromFile")
model = upstream_model(
    upstream,
    bbox_head=dict(type="tinydet.SSDHead"),  # mmdet 3.3's own cannot predict
    test_cfg=dict(nms_pre=3000, max_per_img=1500),
)
crop_pipeline = upstream_pipeline(upstream, "train_pipeline", LoadImageFromFile=load)
whole_pipeline = upstream_pipeline(upstream, "test_pipeline", LoadImageFromFile=load)
del load, upstream  # every name left here becomes a key of the config

train_cfg = dict(type="EpochBasedTrainLoop", max_epochs=24, val_interval=12)
optim_wrapper = dict(
    type="OptimWrapper",
    optimizer=dict(type="SGD", lr=0.002, momentum=0.9, weight_decay=5e-4),
)
param_scheduler = [
    dict(type="LinearLR", start_factor=0.001, by_epoch=False, begin=0, end=500),
    dict(type="MultiStepLR", by_epoch=True, begin=0, end=24, milestones=[16, 22], gamma=0.1),
]
auto_scale_lr = dict(enable=False, base_batch_size=64)
