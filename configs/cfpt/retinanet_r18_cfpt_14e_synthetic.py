"""CFPT (arXiv:2407.19696) in place of the FPN, on P2-P5."""

_base_ = "../retinanet/retinanet_r18_fpn_14e_synthetic.py"

model = dict(
    neck=dict(
        _delete_=True,
        type="tinydet.CFPT",
        in_channels=[32, 64, 128, 256],
        out_channels=64,
        start_level=0,
        num_outs=4,
        norm_cfg=_base_.norm_cfg,
    ),
)
