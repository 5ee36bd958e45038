"""DetectoRS (Cascade R-CNN, R-50, RFP + SAC) with the settings of the AI-TOD repositories.

It has no small twin for the synthetic images: its bottlenecks start at ResNet-50.
"""

_base_ = "../_base_/schedules/sgd_1x.py"

from tinydet.recipes.upstream import upstream_model

model = upstream_model(
    "mmdet::detectors/detectors_cascade-rcnn_r50_1x_coco.py",
    train_cfg=dict(
        rpn=dict(assigner=dict(gpu_assign_thr=256)),
        rpn_proposal=dict(nms_pre=3000, max_per_img=3000),
    ),
    test_cfg=dict(rpn=dict(nms_pre=3000, max_per_img=3000), rcnn=dict(max_per_img=3000)),
)
param_scheduler = [
    dict(type="LinearLR", start_factor=0.001, by_epoch=False, begin=0, end=2000),
    _base_.steps,
]
