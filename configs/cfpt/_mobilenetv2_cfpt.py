"""CFPT (arXiv:2407.19696) in place of the small FPN on MobileNetV2."""

cfpt = dict(
    _delete_=True,
    type="tinydet.CFPT",
    in_channels=[24, 32, 96, 1280],
    out_channels=64,
    start_level=0,
)
