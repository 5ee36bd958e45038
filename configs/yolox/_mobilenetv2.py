"""YOLOX on MobileNetV2: three levels of 96 channels, neck and head as wide as those of YOLOX-Nano.

The backbone gets what its weights were learned on: RGB, normalized.
"""

_base_ = ["_model_s.py", "../_base_/mobilenetv2.py"]

model = dict(
    data_preprocessor=dict(
        mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], bgr_to_rgb=True
    ),
    backbone=dict(_delete_=True, **{**_base_.mobilenetv2, "out_indices": (2, 4, 7)}),
    neck=[
        dict(
            type="mmdet.ChannelMapper",
            in_channels=[32, 96, 1280],
            out_channels=96,
            kernel_size=1,
            norm_cfg=dict(type="BN", momentum=0.03, eps=0.001),
            act_cfg=dict(type="SiLU"),
        ),
        {
            **_base_.model.neck,
            "in_channels": [96, 96, 96],
            "out_channels": 96,
            "widen_factor": 1.0,
        },
    ],
    bbox_head=dict(head_module=dict(in_channels=96, feat_channels=96, widen_factor=1.0)),
)
