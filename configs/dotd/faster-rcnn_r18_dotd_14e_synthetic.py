"""DotD (CVPRW 2021) in place of IoU in the RPN's assigner, C = 12.7 px (docs/baselines.md)."""

_base_ = "../faster_rcnn/faster-rcnn_r18_fpn_14e_synthetic.py"

model = dict(
    train_cfg=dict(
        rpn=dict(
            assigner=dict(_delete_=True, type="tinydet.NWDAssigner", distance="dotd", constant=12.7)
        )
    ),
)
