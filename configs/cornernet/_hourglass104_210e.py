"""CornerNet as upstream trains it: crops of 511 px, Adam 5e-4 for a batch of 48, 210 epochs.

1,000 corners of each kind in the place of 100; mmdet's decoder keeps 1,000 boxes an image at most.
"""

_base_ = []  # before the imports: see configs/README.md

from tinydet.recipes.runtime import *
from tinydet.recipes.upstream import upstream_model, upstream_pipeline

upstream = "mmdet::cornernet/cornernet_hourglass104_8xb6-210e-mstest_coco.py"
load = dict(type="tinydet.LoadImageFromFile", to_float32=True)
model = upstream_model(upstream, test_cfg=dict(corner_topk=1000, max_per_img=1000))
crop_pipeline = upstream_pipeline(upstream, "train_pipeline", LoadImageFromFile=load)
whole_pipeline = upstream_pipeline(upstream, "test_pipeline", LoadImageFromFile=load)
del load, upstream  # every name left here becomes a key of the config

max_epochs = 210
train_cfg = dict(type="EpochBasedTrainLoop", max_epochs=max_epochs, val_interval=30)
optim_wrapper = dict(
    type="OptimWrapper",
    optimizer=dict(type="Adam", lr=5e-4),
    clip_grad=dict(max_norm=35, norm_type=2),
)
param_scheduler = [
    dict(type="LinearLR", start_factor=1 / 3, by_epoch=False, begin=0, end=500),
    dict(type="MultiStepLR", by_epoch=True, begin=0, end=max_epochs, milestones=[180], gamma=0.1),
]
auto_scale_lr = dict(enable=False, base_batch_size=48)
