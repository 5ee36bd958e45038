"""DINO for dense images: 1,500 queries and detections in the place of 900 and 300.

AdamW 1e-4 for a batch of 16, 24 epochs. Memory: the denoising queries are two an object at least,
however many there are, and attend to each other, so an image of 2,000 objects adds 4,000 to the
1,500 and takes (5,500 / 1,700)^2, about ten times the attention of upstream's largest. Objects
beyond the number of queries stay unmatched. Whole images of one size, as in deformable_detr/.
"""

_base_ = []  # before the imports: see configs/README.md

from tinydet.recipes.runtime import *
from tinydet.recipes.upstream import upstream_model

model = upstream_model(
    "mmdet::dino/dino-4scale_r50_8xb2-24e_coco.py",
    num_queries=1500,
    test_cfg=dict(max_per_img=1500),
)

max_epochs = 24
train_cfg = dict(type="EpochBasedTrainLoop", max_epochs=max_epochs, val_interval=6)
optim_wrapper = dict(
    type="OptimWrapper",
    optimizer=dict(type="AdamW", lr=1e-4, weight_decay=1e-4),
    clip_grad=dict(max_norm=0.1, norm_type=2),
    paramwise_cfg=dict(custom_keys={"backbone": dict(lr_mult=0.1)}),
)
param_scheduler = [
    dict(type="MultiStepLR", by_epoch=True, begin=0, end=max_epochs, milestones=[20], gamma=0.1)
]
auto_scale_lr = dict(enable=False, base_batch_size=16)
