"""A small RetinaNet on MobileNetV2: layers of 64 channels, levels P2-P5, anchors from 8 px."""

_base_ = "../_base_/mobilenetv2.py"

from tinydet.recipes.upstream import upstream_model

model = upstream_model(
    "mmdet::_base_/models/retinanet_r50_fpn.py",
    backbone=dict(_delete_=True, **_base_.mobilenetv2),
    neck=dict(
        in_channels=[24, 32, 96, 1280],
        out_channels=64,
        start_level=0,
        add_extra_convs=False,
        num_outs=4,
    ),
    bbox_head=dict(
        in_channels=64,
        feat_channels=64,
        stacked_convs=2,
        anchor_generator=dict(octave_base_scale=2, strides=[4, 8, 16, 32]),
    ),
    test_cfg=dict(max_per_img=300),
)
