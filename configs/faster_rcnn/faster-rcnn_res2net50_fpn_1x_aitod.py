"""Faster R-CNN on AI-TOD with Res2Net-50 (26w x 4s, v1b), from the weights of its authors."""

_base_ = "faster-rcnn_r50_fpn_1x_aitod.py"

model = dict(
    backbone=dict(
        type="Res2Net",
        scales=4,
        base_width=26,
        init_cfg=dict(checkpoint="tinydet://res2net50_v1b_26w_4s"),
    )
)
