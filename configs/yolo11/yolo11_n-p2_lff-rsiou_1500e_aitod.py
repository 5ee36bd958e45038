"""The parts of LR-Net in another host: P2, LFF in the backbone, RSIoU."""

_base_ = "yolo11_n-p2_1500e_aitod.py"

model = dict(
    backbone=dict(type="tinydet.YOLO11LFFCSPDarknet"),
    bbox_head=dict(
        type="tinydet.YOLOv8PixelHead",
        loss_bbox=dict(_delete_=True, type="tinydet.RSIoULoss", reduction="sum", loss_weight=7.5),
    ),
)
