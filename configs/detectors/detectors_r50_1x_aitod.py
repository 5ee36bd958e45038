"""DetectoRS (Cascade R-CNN, R-50, RFP + SAC) on AI-TOD, settings of the AI-TOD repositories.

It has no small twin for the synthetic images: its bottlenecks start at ResNet-50.
"""

_base_ = [
    "_model_r50.py",
    "../_base_/datasets/aitod_mmdet.py",
    "../_base_/schedules/sgd_1x.py",
    "../_base_/runtime.py",
]

heads = _base_.model.roi_head.bbox_head
heads[0].num_classes = _base_.num_classes
heads[1].num_classes = _base_.num_classes
heads[2].num_classes = _base_.num_classes

model = dict(
    roi_head=dict(bbox_head=heads),
    train_cfg=dict(rpn=dict(allowed_border=0), rpn_proposal=dict(nms_pre=3000, max_per_img=3000)),
    test_cfg=dict(
        rpn=dict(nms_pre=3000, max_per_img=3000), rcnn=dict(score_thr=0.05, max_per_img=3000)
    ),
)
param_scheduler = [
    dict(type="LinearLR", start_factor=0.001, by_epoch=False, begin=0, end=2000),
    dict(type="MultiStepLR", by_epoch=True, begin=0, end=12, milestones=[8, 11], gamma=0.1),
]
