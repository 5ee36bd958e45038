"""A small RetinaNet from random weights for the synthetic images; see faster_rcnn/.

Levels from stride 4 and anchors from 8 px.
"""

_base_ = [
    "mmdet::_base_/models/retinanet_r50_fpn.py",
    "../_base_/datasets/synthetic_mmdet.py",
    "../_base_/schedules/adamw_14e.py",
    "../_base_/runtime.py",
]

norm_cfg = dict(type="GN", num_groups=16)

model = dict(
    backbone=dict(
        depth=18,
        frozen_stages=-1,
        init_cfg=None,
        base_channels=32,
        norm_cfg=norm_cfg,
        norm_eval=False,
    ),
    neck=dict(
        in_channels=[32, 64, 128, 256],
        out_channels=64,
        start_level=0,
        add_extra_convs=False,
        num_outs=4,
        norm_cfg=norm_cfg,
    ),
    bbox_head=dict(
        num_classes=_base_.num_classes,
        in_channels=64,
        feat_channels=64,
        stacked_convs=2,
        anchor_generator=dict(octave_base_scale=2, strides=[4, 8, 16, 32]),
    ),
    test_cfg=dict(max_per_img=300),
)
optim_wrapper = dict(optimizer=dict(lr=5e-4))
