"""Faster R-CNN with the settings of the AI-TOD repositories (docs/baselines.md).

Anchor scale 8 (32 px at stride 4), 3,000 proposals and detections, 12 epochs, batch 8.
"""

_base_ = "../_base_/schedules/sgd_1x.py"

from tinydet.recipes.upstream import upstream_model

model = upstream_model(
    "mmdet::_base_/models/faster-rcnn_r50_fpn.py",
    train_cfg=dict(
        # With more objects in an image, the overlaps are computed on the CPU.
        rpn=dict(assigner=dict(gpu_assign_thr=1024)),
        rpn_proposal=dict(nms_pre=3000, max_per_img=3000),
    ),
    test_cfg=dict(rpn=dict(nms_pre=3000, max_per_img=3000), rcnn=dict(max_per_img=3000)),
)
