"""The host once more: what two trainings of one config and seed differ by on two machines."""

_base_ = "../yolov8/yolov8_n-p2_15e_hituav.py"
