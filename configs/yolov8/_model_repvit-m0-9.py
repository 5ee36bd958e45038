"""YOLOv8's neck and head, with YOLOv8-n's depth, on RepViT-M0.9 of timm."""

_base_ = []  # before the imports: see configs/README.md

from tinydet.recipes.upstream import upstream_model

channels = [96, 192, 384]  # of C3-C5

model = upstream_model(
    "mmyolo::yolov8/yolov8_n_syncbn_fast_8xb16-500e_coco.py",
    backbone=dict(_delete_=True, type="tinydet.TIMMBackbone", model_name="repvit_m0_9"),
    neck=dict(in_channels=channels, out_channels=channels, widen_factor=1.0),
    bbox_head=dict(head_module=dict(in_channels=channels, widen_factor=1.0)),
    # The same assignment in a tenth of the time and without tables of all priors and objects.
    train_cfg=dict(assigner=dict(type="tinydet.TaskAlignedAssigner")),
)
