_base_ = "../yolov8/yolov8_n-p2_300e_coco.py"

model = dict(
    backbone=dict(type="tinydet.YOLOv8LFFCSPDarknet"),
    bbox_head=dict(
        type="tinydet.YOLOv8PixelHead",
        loss_bbox=dict(_delete_=True, type="tinydet.RSIoULoss", reduction="sum", loss_weight=7.5),
    ),
)
