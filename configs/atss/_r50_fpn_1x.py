"""ATSS with the settings of NWD's repository (docs/baselines.md): rate 0.0025 for a batch of 2."""

_base_ = ["_model_r50.py", "../_base_/schedules/sgd_1x.py", "../_base_/runtime.py"]

model = dict(test_cfg=dict(nms_pre=3000, max_per_img=3000))
optim_wrapper = dict(optimizer=dict(lr=0.0025))
auto_scale_lr = dict(base_batch_size=2)
param_scheduler = [
    dict(type="ConstantLR", factor=1 / 3, by_epoch=False, begin=0, end=2000),
    dict(type="MultiStepLR", by_epoch=True, begin=0, end=12, milestones=[8, 11], gamma=0.1),
]
