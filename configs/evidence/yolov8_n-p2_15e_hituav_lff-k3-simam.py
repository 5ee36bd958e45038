"""LFF with a 3x3 and SimAM, in the backbone."""

_base_ = "../yolov8/yolov8_n-p2_15e_hituav.py"
model = dict(backbone=dict(type="tinydet.YOLOv8LFFCSPDarknet", down_cfg=dict(kernel_size=3)))
