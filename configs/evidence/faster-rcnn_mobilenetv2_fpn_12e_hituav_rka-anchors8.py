"""NWD-RKA as in its article, whose anchors start from 32 px."""

_base_ = "../faster_rcnn/faster-rcnn_mobilenetv2_fpn_12e_hituav.py"
model = dict(
    rpn_head=dict(anchor_generator=dict(scales=[8])),
    train_cfg=dict(
        rpn=dict(
            assigner=dict(_delete_=True, type="tinydet.RankingAssigner", topk=2, constant=16.4)
        )
    ),
)
