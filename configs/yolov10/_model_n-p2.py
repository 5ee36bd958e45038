"""YOLOv10-n with one more pyramid level: C2 joins the neck, the head predicts at stride 4 too."""

_base_ = []  # before the imports: see configs/README.md

from tinydet.recipes.upstream import upstream_model

channels = [128, 256, 512, 1024]  # of C2-C5, before the width factor
strides = [4, 8, 16, 32]

model = upstream_model(
    "mmyolo::yolov8/yolov8_n_syncbn_fast_8xb16-500e_coco.py",
    backbone=dict(type="tinydet.YOLOv10CSPDarknet", out_indices=(1, 2, 3, 4)),
    neck=dict(type="tinydet.YOLOv10PAFPN", in_channels=channels, out_channels=channels),
    bbox_head=dict(
        type="tinydet.YOLOv10Head",
        head_module=dict(
            type="tinydet.LightClassHeadModule", in_channels=channels, featmap_strides=strides
        ),
        prior_generator=dict(strides=strides),
    ),
    # The same assignment in a tenth of the time and without tables of all priors and objects.
    train_cfg=dict(assigner=dict(type="tinydet.TaskAlignedAssigner")),
    test_cfg=dict(nms=None),
)
