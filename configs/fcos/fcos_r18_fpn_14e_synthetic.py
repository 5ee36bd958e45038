"""A small FCOS from random weights for the synthetic images; see faster_rcnn/. Levels P2-P5."""

_base_ = [
    "_model_r50.py",
    "../_base_/datasets/synthetic_mmdet.py",
    "../_base_/schedules/adamw_14e.py",
    "../_base_/runtime.py",
]

norm_cfg = dict(type="GN", num_groups=16, requires_grad=True)

model = dict(
    data_preprocessor=dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375]),
    backbone=dict(
        depth=18,
        frozen_stages=-1,
        style="pytorch",
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
        strides=[4, 8, 16, 32],
        regress_ranges=((-1, 16), (16, 32), (32, 64), (64, 1e8)),
        norm_on_bbox=True,
        centerness_on_reg=True,
        norm_cfg=norm_cfg,
    ),
    test_cfg=dict(max_per_img=300),
)
optim_wrapper = dict(optimizer=dict(lr=5e-4))
