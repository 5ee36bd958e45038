"""CornerNet as upstream trains it: crops of 511 px, Adam 5e-4 for a batch of 48, 210 epochs.

1,000 corners of each kind in the place of 100; mmdet's decoder keeps 1,000 boxes an image at most.
"""

_base_ = ["_model_hourglass104.py", "../_base_/runtime.py"]

model = dict(test_cfg=dict(corner_topk=1000, max_per_img=1000))

max_epochs = 210
train_cfg = dict(type="EpochBasedTrainLoop", max_epochs=max_epochs, val_interval=30)
val_cfg = dict(type="ValLoop")
test_cfg = dict(type="TestLoop")
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
