"""Cascade R-CNN on AI-TOD with the settings of the AI-TOD repositories (baselines.md).

Class-agnostic regression as upstream; anchors that leave the image take no part (border 0).
"""

_base_ = [
    "mmdet::_base_/models/cascade-rcnn_r50_fpn.py",
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
