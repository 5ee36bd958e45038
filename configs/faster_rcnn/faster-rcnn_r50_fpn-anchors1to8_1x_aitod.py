"""Faster R-CNN with anchors of AI-TOD's sizes: scales 1 to 8, 4 to 32 px on the finest level.

The honest baseline: published AP 20.9, where the usual scale of 8 gets 11.1. Four times the
anchors, so the overlaps move to the CPU at a quarter of the objects.
"""

_base_ = "faster-rcnn_r50_fpn_1x_aitod.py"

model = dict(
    rpn_head=dict(anchor_generator=dict(scales=[1, 2, 4, 8])),
    train_cfg=dict(rpn=dict(assigner=dict(gpu_assign_thr=256))),
)
