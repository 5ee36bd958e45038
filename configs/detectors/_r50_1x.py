"""DetectoRS (Cascade R-CNN, R-50, RFP + SAC) with the settings of the AI-TOD repositories.

It has no small twin for the synthetic images: its bottlenecks start at ResNet-50.
"""

_base_ = ["_model_r50.py", "../_base_/schedules/sgd_1x.py", "../_base_/runtime.py"]

model = dict(
    train_cfg=dict(
        rpn=dict(assigner=dict(gpu_assign_thr=256)),
        rpn_proposal=dict(nms_pre=3000, max_per_img=3000),
    ),
    test_cfg=dict(rpn=dict(nms_pre=3000, max_per_img=3000), rcnn=dict(max_per_img=3000)),
)
param_scheduler = [
    dict(type="LinearLR", start_factor=0.001, by_epoch=False, begin=0, end=2000),
    dict(type="MultiStepLR", by_epoch=True, begin=0, end=12, milestones=[8, 11], gamma=0.1),
]
