"""The recipe with RSIoU as published, with a constant of 1 for the 2 of its Eq. 11."""

_base_ = "../recipes/tiny_drone.py"
model = dict(
    bbox_head=dict(
        type="tinydet.YOLOv8PixelHead",
        loss_bbox=dict(_delete_=True, type="tinydet.RSIoULoss", reduction="sum", loss_weight=7.5),
    )
)
