"""Faster R-CNN on AI-TOD with the settings of the AI-TOD repositories (baselines.md).

Anchor scale 8, 3,000 proposals and detections, 800 px, 12 epochs, batch 8. Published: AP 11.1.
"""

_base_ = [
    "mmdet::_base_/models/faster-rcnn_r50_fpn.py",
    "../_base_/datasets/aitod_mmdet.py",
    "../_base_/schedules/sgd_1x.py",
    "../_base_/runtime.py",
]

model = dict(
    roi_head=dict(bbox_head=dict(num_classes=_base_.num_classes)),
    train_cfg=dict(rpn_proposal=dict(nms_pre=3000, max_per_img=3000)),
    test_cfg=dict(
        rpn=dict(nms_pre=3000, max_per_img=3000), rcnn=dict(score_thr=0.05, max_per_img=3000)
    ),
)
