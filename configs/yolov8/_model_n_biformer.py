"""YOLOv8-n with BiFormer's block at the end of the backbone."""

_base_ = "_model_n.py"

model = dict(
    backbone=dict(
        plugins=[
            dict(cfg=dict(type="tinydet.BiFormerBlock"), stages=(False, False, False, True)),
        ]
    )
)
