"""RemDet-S (AAAI 2025, arXiv:2412.10040): YOLOv8's head and losses behind RemDet's blocks."""

_base_ = []  # before the imports: see configs/README.md

from tinydet.recipes.upstream import upstream_model

model = upstream_model(
    "mmyolo::yolov8/yolov8_s_syncbn_fast_8xb16-500e_coco.py",
    backbone=dict(type="tinydet.RemNet"),
    neck=dict(type="tinydet.RemDetPAFPN"),
    # The same assignment in a tenth of the time and without tables of all priors and objects.
    train_cfg=dict(assigner=dict(type="tinydet.TaskAlignedAssigner")),
)
