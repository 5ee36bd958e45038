"""Deformable DETR for dense images: 1,500 queries and detections in the place of 300 and 100.

AdamW 2e-4 for a batch of 32, 50 epochs. AI-TOD's densest images have more than 2,600 objects: an
image with more objects than queries leaves the rest unmatched. Whole images of one size, where
upstream resizes at random and shrinks small objects.
"""

_base_ = []  # before the imports: see configs/README.md

from tinydet.recipes.runtime import *
from tinydet.recipes.upstream import upstream_model

model = upstream_model(
    "mmdet::deformable_detr/deformable-detr_r50_16xb2-50e_coco.py",
    num_queries=1500,
    test_cfg=dict(max_per_img=1500),
)

max_epochs = 50
train_cfg = dict(type="EpochBasedTrainLoop", max_epochs=max_epochs, val_interval=10)
optim_wrapper = dict(
    type="OptimWrapper",
    optimizer=dict(type="AdamW", lr=2e-4, weight_decay=1e-4),
    clip_grad=dict(max_norm=0.1, norm_type=2),
    paramwise_cfg=dict(
        custom_keys={
            "backbone": dict(lr_mult=0.1),
            "sampling_offsets": dict(lr_mult=0.1),
            "reference_points": dict(lr_mult=0.1),
        }
    ),
)
param_scheduler = [
    dict(type="MultiStepLR", by_epoch=True, begin=0, end=max_epochs, milestones=[40], gamma=0.1)
]
auto_scale_lr = dict(enable=False, base_batch_size=32)
