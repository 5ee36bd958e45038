"""RetinaNet with the settings of the AI-TOD repositories (docs/baselines.md); batch 4."""

_base_ = "../_base_/schedules/sgd_1x.py"

from tinydet.recipes.upstream import upstream_model

model = upstream_model(
    "mmdet::_base_/models/retinanet_r50_fpn.py", test_cfg=dict(nms_pre=3000, max_per_img=3000)
)
optim_wrapper = dict(optimizer=dict(lr=0.005))
auto_scale_lr = dict(base_batch_size=4)
