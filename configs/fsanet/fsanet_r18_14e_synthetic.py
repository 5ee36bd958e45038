"""A small FSANet from random weights for the synthetic images, on the levels P2-P5 of its FCOS."""

_base_ = "../fcos/fcos_r18_fpn_14e_synthetic.py"

model = dict(
    neck=dict(
        _delete_=True,
        type="tinydet.AlignFPN",
        in_channels=[32, 64, 128, 256],
        out_channels=64,
        norm_cfg=_base_.norm_cfg,
    ),
    bbox_head=dict(type="tinydet.AlignHead", norm_on_bbox=False, centerness_on_reg=False),
    test_cfg=dict(nms=dict(type="soft_nms")),
)
