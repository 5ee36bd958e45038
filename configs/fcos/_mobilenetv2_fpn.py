"""A small FCOS on MobileNetV2: layers of 64 channels, levels P2-P5."""

_base_ = "../_base_/mobilenetv2.py"

from tinydet.recipes.upstream import upstream_model

model = upstream_model(
    "mmdet::fcos/fcos_r50-caffe_fpn_gn-head_1x_coco.py",
    data_preprocessor=dict(
        mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], bgr_to_rgb=True
    ),
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
        strides=[4, 8, 16, 32],
        regress_ranges=((-1, 16), (16, 32), (32, 64), (64, 1e8)),
        norm_on_bbox=True,
        centerness_on_reg=True,
    ),
    test_cfg=dict(max_per_img=300),
)
