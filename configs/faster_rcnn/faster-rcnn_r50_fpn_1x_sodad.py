"""Faster R-CNN on SODA-D with anchors from 8 px. Published: AP 28.9 (docs/baselines.md)."""

_base_ = ["_stock_r50_fpn_1x.py", "../_base_/datasets/sodad_mmdet.py"]

model = dict(
    rpn_head=dict(anchor_generator=dict(scales=[2])),
    roi_head=dict(bbox_head=dict(num_classes=_base_.num_classes)),
    test_cfg=dict(rcnn=dict(max_per_img=200)),
)
