"""CFPT with ResNet-101 on VisDrone. Published (duzw9311/CFPT): AP 22.6."""

_base_ = "retinanet_r50_cfpt_1x_visdrone.py"

model = dict(backbone=dict(depth=101, init_cfg=dict(checkpoint="torchvision://resnet101")))
