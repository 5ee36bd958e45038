"""SimD; m and n are those of HIT-UAV at half size, by tools/analysis/simd_constants.py."""

_base_ = "../faster_rcnn/faster-rcnn_mobilenetv2_fpn_12e_hituav.py"
model = dict(
    train_cfg=dict(
        rpn=dict(
            assigner=dict(_delete_=True, type="tinydet.SimDAssigner", m=4.60, n=3.50, min_pos_iou=0)
        )
    )
)
