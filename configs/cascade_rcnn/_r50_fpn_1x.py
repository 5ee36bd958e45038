"""Cascade R-CNN with the settings of the AI-TOD repositories (docs/baselines.md).

RKA trains at 0.01 with a batch of 4, RFLA at 0.005 with one of 2, which is the same rate. As
upstream, regression is class-agnostic and anchors that leave the image take no part.
"""

_base_ = "../_base_/schedules/sgd_1x.py"

from tinydet.recipes.upstream import upstream_model

model = upstream_model(
    "mmdet::_base_/models/cascade-rcnn_r50_fpn.py",
    train_cfg=dict(rpn_proposal=dict(nms_pre=3000, max_per_img=3000)),
    test_cfg=dict(rpn=dict(nms_pre=3000, max_per_img=3000), rcnn=dict(max_per_img=3000)),
)
auto_scale_lr = dict(base_batch_size=4)
