"""LFF with a 3x3 from the strided convolutions of a trained YOLOv8-n P2, which load_from names."""

_base_ = "../yolov8/yolov8_n-p2_15e_hituav.py"
model = dict(
    backbone=dict(
        type="tinydet.YOLOv8LFFCSPDarknet",
        down_cfg=dict(kernel_size=3, attention=None, init_from_strided=True),
    )
)
