"""YOLOv10-n: two matchings in training, no NMS in prediction (docs/baselines.md)."""

_base_ = []  # before the imports: see configs/README.md

from tinydet.recipes.upstream import upstream_model

model = upstream_model(
    "mmyolo::yolov8/yolov8_n_syncbn_fast_8xb16-500e_coco.py",
    backbone=dict(type="tinydet.YOLOv10CSPDarknet"),
    neck=dict(type="tinydet.YOLOv10PAFPN"),
    bbox_head=dict(
        type="tinydet.YOLOv10Head", head_module=dict(type="tinydet.LightClassHeadModule")
    ),
    # The same assignment in a tenth of the time and without tables of all priors and objects.
    train_cfg=dict(assigner=dict(type="tinydet.TaskAlignedAssigner")),
    test_cfg=dict(nms=None),
)
