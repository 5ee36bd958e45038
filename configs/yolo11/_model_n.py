"""YOLO11-n (docs/baselines.md)."""

_base_ = []  # before the imports: see configs/README.md

from tinydet.recipes.upstream import upstream_model

model = upstream_model(
    "mmyolo::yolov8/yolov8_n_syncbn_fast_8xb16-500e_coco.py",
    backbone=dict(type="tinydet.YOLO11CSPDarknet", deepen_factor=0.5),
    neck=dict(
        type="tinydet.YOLO11PAFPN",
        in_channels=[512, 512, 1024],  # of C3-C5, before the width factor
        num_csp_blocks=2,
        deepen_factor=0.5,
    ),
    bbox_head=dict(head_module=dict(type="tinydet.LightClassHeadModule")),
    # The same assignment in a tenth of the time and without tables of all priors and objects.
    train_cfg=dict(assigner=dict(type="tinydet.TaskAlignedAssigner")),
)
