"""ATSS with the settings of NWD's repository (docs/baselines.md): rate 0.0025 for a batch of 2."""

_base_ = "../_base_/schedules/sgd_1x.py"

from tinydet.recipes.upstream import upstream_model

model = upstream_model(
    "mmdet::atss/atss_r50_fpn_1x_coco.py", test_cfg=dict(nms_pre=3000, max_per_img=3000)
)
optim_wrapper = dict(optimizer=dict(lr=0.0025))
auto_scale_lr = dict(base_batch_size=2)
param_scheduler = [
    dict(type="ConstantLR", factor=1 / 3, by_epoch=False, begin=0, end=2000),
    _base_.steps,
]
