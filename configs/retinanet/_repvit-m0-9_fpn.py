"""A small RetinaNet on RepViT-M0.9 of timm: 64 channels, levels P2-P5, anchors from 8 px."""

_base_ = []  # before the imports: see configs/README.md

from tinydet.recipes.upstream import upstream_model

strides = [4, 8, 16, 32]

model = upstream_model(
    "mmdet::_base_/models/retinanet_r50_fpn.py",
    backbone=dict(
        _delete_=True, type="tinydet.TIMMBackbone", model_name="repvit_m0_9", strides=strides
    ),
    neck=dict(
        in_channels=[48, 96, 192, 384],
        out_channels=64,
        start_level=0,
        add_extra_convs=False,
        num_outs=4,
    ),
    bbox_head=dict(
        in_channels=64,
        feat_channels=64,
        stacked_convs=2,
        anchor_generator=dict(octave_base_scale=2, strides=strides),
    ),
    test_cfg=dict(max_per_img=300),
)
