"""NWD-RKA as in its article, whose anchors start from 32 px."""

_base_ = "faster-rcnn_mobilenetv2_fpn_12e_hituav_rka.py"
model = dict(rpn_head=dict(anchor_generator=dict(scales=[8])))
