"""YOLO11-n with one more pyramid level: C2 joins the neck, the head predicts at stride 4 too."""

_base_ = []  # before the imports: see configs/README.md

from tinydet.recipes.upstream import upstream_model

channels = [128, 256, 512, 1024]  # of P2-P5, before the width factor
strides = [4, 8, 16, 32]

model = upstream_model(
    "mmyolo::yolov8/yolov8_n_syncbn_fast_8xb16-500e_coco.py",
    backbone=dict(type="tinydet.YOLO11CSPDarknet", out_indices=(1, 2, 3, 4), deepen_factor=0.5),
    neck=dict(
        type="tinydet.YOLO11PAFPN",
        in_channels=[256, 512, 512, 1024],  # of C2-C5
        out_channels=channels,
        num_csp_blocks=2,
        deepen_factor=0.5,
    ),
    bbox_head=dict(
        head_module=dict(
            type="tinydet.LightClassHeadModule", in_channels=channels, featmap_strides=strides
        ),
        prior_generator=dict(strides=strides),
    ),
    # The same assignment in a tenth of the time and without tables of all priors and objects.
    train_cfg=dict(assigner=dict(type="tinydet.TaskAlignedAssigner")),
)
