_base_ = ["../yolov8/yolov8_n-p2_300e_visdrone_aitod-metric.py", "_release.py"]

model = _base_.release
