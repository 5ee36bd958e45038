_base_ = "../../yolov8/yolov8_n-p2_15e_hituav.py"
model = dict(backbone=dict(type="tinydet.YOLOv8LFFCSPDarknet"))
