_base_ = ["../../yolov8/yolov8_n-p2_1500e_aitod.py", "../_release.py"]
model = dict(
    _base_.release,
    backbone=dict(_base_.release.backbone, down_cfg=dict(_base_.lff, init_from_strided=True)),
)
