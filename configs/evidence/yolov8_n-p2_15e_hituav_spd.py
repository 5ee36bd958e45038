"""SPD-Conv: LFF with a 1x1 and without attention, in the backbone."""

_base_ = "../yolov8/yolov8_n-p2_15e_hituav.py"
model = dict(backbone=dict(type="tinydet.YOLOv8LFFCSPDarknet", down_cfg=dict(attention=None)))
