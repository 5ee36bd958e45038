_base_ = ["../yolov8/yolov8_n-p2_1500e_aitod.py", "_release.py"]

model = _base_.release
