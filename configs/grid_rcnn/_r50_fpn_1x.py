"""Grid R-CNN with what is common to the AI-TOD repositories (docs/baselines.md); none has it.

3,000 proposals and detections, 12 epochs; its own score threshold (0.03) and NMS (0.3) stay.
"""

_base_ = "../_base_/schedules/sgd_1x.py"

from tinydet.recipes.upstream import upstream_model

model = upstream_model(
    "mmdet::grid_rcnn/grid-rcnn_r50_fpn_gn-head_1x_coco.py",
    train_cfg=dict(rpn_proposal=dict(nms_pre=3000, max_per_img=3000)),
    test_cfg=dict(rpn=dict(nms_pre=3000, max_per_img=3000), rcnn=dict(max_per_img=3000)),
)
