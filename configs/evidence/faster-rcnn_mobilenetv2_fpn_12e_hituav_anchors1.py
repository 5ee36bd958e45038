"""Anchors of 4 to 64 px."""

_base_ = "../faster_rcnn/faster-rcnn_mobilenetv2_fpn_12e_hituav.py"
model = dict(rpn_head=dict(anchor_generator=dict(scales=[1])))
