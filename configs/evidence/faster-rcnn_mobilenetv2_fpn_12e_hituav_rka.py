_base_ = "../faster_rcnn/faster-rcnn_mobilenetv2_fpn_12e_hituav.py"
model = dict(
    train_cfg=dict(
        rpn=dict(
            assigner=dict(_delete_=True, type="tinydet.RankingAssigner", topk=2, constant=16.4)
        )
    )
)
