"""RetinaNet with the settings of the AI-TOD repositories (docs/baselines.md); batch 4."""

_base_ = [
    "mmdet::_base_/models/retinanet_r50_fpn.py",
    "../_base_/schedules/sgd_1x.py",
    "../_base_/runtime.py",
]

model = dict(test_cfg=dict(nms_pre=3000, max_per_img=3000))
optim_wrapper = dict(optimizer=dict(lr=0.005))
auto_scale_lr = dict(base_batch_size=4)
