_base_ = "../../yolov8/yolov8_n-p2_1500e_aitod.py"
model = dict(backbone=dict(type="tinydet.YOLOv8LFFCSPDarknet"))
