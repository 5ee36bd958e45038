"""LFF with a 3x3, and SimAM on the map of stride 4 alone."""

_base_ = "yolov8_n-p2_15e_hituav_lff-k3.py"
model = dict(
    backbone=dict(
        plugins=[dict(cfg=dict(type="tinydet.SimAM"), stages=(True, False, False, False))]
    )
)
