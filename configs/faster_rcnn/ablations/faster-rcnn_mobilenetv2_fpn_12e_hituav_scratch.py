_base_ = "../faster-rcnn_mobilenetv2_fpn_12e_hituav.py"
model = dict(backbone=dict(init_cfg=None, frozen_stages=-1))
