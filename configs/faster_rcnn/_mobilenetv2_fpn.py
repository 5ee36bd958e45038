"""A small Faster R-CNN on MobileNetV2: layers of 128 channels, anchors from 8 px."""

_base_ = [
    "mmdet::_base_/models/faster-rcnn_r50_fpn.py",
    "../_base_/mobilenetv2.py",
]

model = dict(
    backbone=dict(_delete_=True, **_base_.mobilenetv2),
    neck=dict(in_channels=[24, 32, 96, 1280], out_channels=128),
    rpn_head=dict(in_channels=128, feat_channels=128, anchor_generator=dict(scales=[2])),
    roi_head=dict(
        bbox_roi_extractor=dict(out_channels=128, finest_scale=14),
        bbox_head=dict(in_channels=128, fc_out_channels=512),
    ),
    test_cfg=dict(rcnn=dict(max_per_img=300)),
)
