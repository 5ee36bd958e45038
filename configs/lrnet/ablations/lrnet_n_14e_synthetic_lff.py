_base_ = "../../yolov8/yolov8_n-p2_14e_synthetic.py"
model = dict(backbone=dict(type="tinydet.YOLOv8LFFCSPDarknet"))
