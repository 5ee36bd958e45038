"""MobileNetV2 with ImageNet weights that set-up brings in a package: it starts without a download.

Levels of strides 4, 8, 16 and 32 with 24, 32, 96 and 1,280 channels. As in mmdet's ResNets, the
layers up to stride 4 stay as they are; batch normalization of the others is trained along, because
the images need not look like ImageNet's.
"""

mobilenetv2 = dict(
    type="mmdet.MobileNetV2",
    out_indices=(1, 2, 4, 7),
    frozen_stages=2,
    init_cfg=dict(type="Pretrained", checkpoint="tinydet://mobilenet_v2"),
)
