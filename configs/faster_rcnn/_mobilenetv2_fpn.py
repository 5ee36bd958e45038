"""A small Faster R-CNN on MobileNetV2, to be trained on a CPU too.

Layers of 64 channels, anchors from 8 px, a quarter of the usual proposals and samples.
"""

_base_ = "../_base_/mobilenetv2.py"

from tinydet.recipes.upstream import upstream_model

model = upstream_model(
    "mmdet::_base_/models/faster-rcnn_r50_fpn.py",
    backbone=dict(_delete_=True, **_base_.mobilenetv2),
    neck=dict(in_channels=[24, 32, 96, 1280], out_channels=64),
    rpn_head=dict(in_channels=64, feat_channels=64, anchor_generator=dict(scales=[2])),
    roi_head=dict(
        bbox_roi_extractor=dict(out_channels=64, finest_scale=14),
        bbox_head=dict(in_channels=64, fc_out_channels=256),
    ),
    train_cfg=dict(
        rpn_proposal=dict(nms_pre=500, max_per_img=500), rcnn=dict(sampler=dict(num=128))
    ),
    test_cfg=dict(rpn=dict(max_per_img=500), rcnn=dict(max_per_img=300)),
)
