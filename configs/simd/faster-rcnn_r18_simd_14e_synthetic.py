"""SimD (arXiv:2407.02394) in place of IoU in the RPN's assigner.

m and n are those of the synthetic images, by tools/analysis/simd_constants.py; every object claims
its best anchor, as on AI-TOD.
"""

_base_ = "../faster_rcnn/faster-rcnn_r18_fpn_14e_synthetic.py"

model = dict(
    train_cfg=dict(
        rpn=dict(
            assigner=dict(_delete_=True, type="tinydet.SimDAssigner", m=3.74, n=3.76, min_pos_iou=0)
        )
    ),
)
