"""SimD (arXiv:2407.02394) in place of IoU in the RPN's assigner.

There is no published recipe for this data set: this one is ours. With anchors of 32 px and more,
one object in a hundred reaches 0.3 with any of them, so that the RPN would learn nothing else:
here every object claims its best anchor. m and n are VisDrone's, from the released code; measure
yours by tools/analysis/simd_constants.py.
"""

_base_ = "../faster_rcnn/faster-rcnn_r50_fpn_1x_aitod.py"

model = dict(
    train_cfg=dict(
        rpn=dict(
            assigner=dict(_delete_=True, type="tinydet.SimDAssigner", m=6.13, n=4.59, min_pos_iou=0)
        )
    ),
)
