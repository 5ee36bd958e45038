_base_ = "../../faster_rcnn/faster-rcnn_r50_fpn_1x_aitod.py"
model = dict(
    train_cfg=dict(
        rpn=dict(assigner=dict(_delete_=True, type="tinydet.NWDAssigner", constant=12.8))
    ),
)
