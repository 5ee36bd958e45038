"""YOLOv8-n as mmyolo ships it."""

_base_ = []  # before the imports: see configs/README.md

from tinydet.recipes.upstream import upstream_model

model = upstream_model(
    "mmyolo::yolov8/yolov8_n_syncbn_fast_8xb16-500e_coco.py",
    # The same assignment in a tenth of the time and without tables of all priors and objects.
    train_cfg=dict(assigner=dict(type="tinydet.TaskAlignedAssigner")),
)
