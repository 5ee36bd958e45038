"""CenterNet with DLA-34 as its authors train it: Adam 5e-4 for a batch of 128, 140 passes.

A tenth of the rate after 90 and 120 passes, no warm-up; crops of 512 px by mmdet's pipeline, as
with ResNet-18. An epoch is five passes. xingyizhou/CenterNet (MIT) states no AI-TOD recipe.
"""

_base_ = "_dla34.py"

from tinydet.recipes.runtime import *

max_epochs = 28  # 140 passes
train_cfg = dict(type="EpochBasedTrainLoop", max_epochs=max_epochs, val_interval=7)
optim_wrapper = dict(type="OptimWrapper", optimizer=dict(type="Adam", lr=5e-4))
param_scheduler = [
    dict(type="MultiStepLR", by_epoch=True, begin=0, end=max_epochs, milestones=[18, 24])
]
auto_scale_lr = dict(enable=False, base_batch_size=128)
