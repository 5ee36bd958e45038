"""YOLOv8's neck and head with a level of stride 4, on MobileNetV2 with ImageNet's weights.

Neck and head have 64 channels on every level, because YOLOv8's neck adds maps of equal widths.
"""

_base_ = "../_base_/mobilenetv2.py"

from tinydet.recipes.upstream import upstream_model

strides = [4, 8, 16, 32]
width = 64
channels = [width] * len(strides)
norm_cfg = dict(type="BN", momentum=0.03, eps=0.001)

model = upstream_model(
    "mmyolo::yolov8/yolov8_n_syncbn_fast_8xb16-500e_coco.py",
    data_preprocessor=dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375]),
    backbone=dict(
        _delete_=True,
        **dict(_base_.mobilenetv2, type="tinydet.TrimmedMobileNetV2", out_indices=(1, 2, 4, 6)),
    ),
    neck=[
        dict(
            type="mmdet.ChannelMapper",
            in_channels=[24, 32, 96, 320],
            kernel_size=1,
            out_channels=width,
            norm_cfg=norm_cfg,
        ),
        dict(
            type="mmyolo.YOLOv8PAFPN",
            in_channels=channels,
            out_channels=channels,
            deepen_factor=0.33,
            widen_factor=1.0,
            norm_cfg=norm_cfg,
            act_cfg=dict(type="SiLU", inplace=True),
        ),
    ],
    bbox_head=dict(
        head_module=dict(in_channels=channels, featmap_strides=strides, widen_factor=1.0),
        prior_generator=dict(strides=strides),
    ),
    # The same assignment in a tenth of the time and without tables of all priors and objects.
    train_cfg=dict(assigner=dict(type="tinydet.TaskAlignedAssigner")),
)
