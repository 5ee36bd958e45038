_base_ = "../yolov8/yolov8_n-p2_15e_hituav.py"
model = dict(
    bbox_head=dict(
        type="tinydet.YOLOv8PixelHead",
        loss_bbox=dict(
            _delete_=True, type="tinydet.RSIoULoss", constant=2, reduction="sum", loss_weight=7.5
        ),
    )
)
