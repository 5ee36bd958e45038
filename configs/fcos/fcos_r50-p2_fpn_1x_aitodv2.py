"""FCOS on P2-P6 in place of P3-P7, by GIoU (RFLA's repository); the regression ranges stay."""

_base_ = "fcos_r50_fpn_1x_aitodv2.py"

model = dict(
    neck=dict(start_level=0),
    bbox_head=dict(strides=[4, 8, 16, 32, 64], loss_bbox=dict(type="GIoULoss")),
)
