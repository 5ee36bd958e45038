"""Anchors from 32 px, as most configs have."""

_base_ = "../faster_rcnn/faster-rcnn_mobilenetv2_fpn_12e_hituav.py"
model = dict(rpn_head=dict(anchor_generator=dict(scales=[8])))
