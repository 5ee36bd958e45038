"""CFPT with ResNet-18 on VisDrone. Published (duzw9311/CFPT): AP 20.0."""

_base_ = "retinanet_r50_cfpt_1x_visdrone.py"

model = dict(
    backbone=dict(depth=18, init_cfg=dict(checkpoint="torchvision://resnet18")),
    neck=dict(in_channels=[64, 128, 256, 512]),
)
