"""The 12-epoch schedule of the AI-TOD repositories: SGD, steps at 8 and 11.

Learning rate 0.01 for a batch of 8 (4 GPUs with 2 images each); `--auto-scale-lr` adapts it.
"""

_base_ = []  # before the imports: see configs/README.md

from tinydet.recipes.runtime import *

train_cfg = dict(type="EpochBasedTrainLoop", max_epochs=12, val_interval=12)
optim_wrapper = dict(
    type="OptimWrapper",
    optimizer=dict(type="SGD", lr=0.01, momentum=0.9, weight_decay=1e-4),
)
steps = dict(type="MultiStepLR", by_epoch=True, begin=0, end=12, milestones=[8, 11], gamma=0.1)
param_scheduler = [
    dict(type="LinearLR", start_factor=0.001, by_epoch=False, begin=0, end=500),
    steps,
]
auto_scale_lr = dict(enable=False, base_batch_size=8)
