"""YOLOv3 as upstream trains it, at 800 px in the place of 608: random crops at 416 to 800 px.

SGD 0.001 for a batch of 64, 273 epochs; the anchors are COCO's.
"""

_base_ = []  # before the imports: see configs/README.md

from tinydet.recipes.runtime import *
from tinydet.recipes.upstream import upstream_model, upstream_pipeline

upstream = "mmdet::yolo/yolov3_d53_8xb8-ms-608-273e_coco.py"
load = dict(type="tinydet.LoadImageFromFile")
model = upstream_model(upstream, test_cfg=dict(nms_pre=3000, max_per_img=1500))
crop_pipeline = upstream_pipeline(
    upstream,
    "train_pipeline",
    LoadImageFromFile=load,
    RandomResize=dict(scale=[(416, 416), (800, 800)]),
)
del load, upstream  # every name left here becomes a key of the config

train_cfg = dict(type="EpochBasedTrainLoop", max_epochs=273, val_interval=39)
optim_wrapper = dict(
    type="OptimWrapper",
    optimizer=dict(type="SGD", lr=0.001, momentum=0.9, weight_decay=5e-4),
    clip_grad=dict(max_norm=35, norm_type=2),
)
param_scheduler = [
    dict(type="LinearLR", start_factor=0.1, by_epoch=False, begin=0, end=2000),
    dict(type="MultiStepLR", by_epoch=True, milestones=[218, 246], gamma=0.1),
]
auto_scale_lr = dict(enable=False, base_batch_size=64)
