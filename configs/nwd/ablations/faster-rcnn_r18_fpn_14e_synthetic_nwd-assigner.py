_base_ = "../../faster_rcnn/faster-rcnn_r18_fpn_14e_synthetic.py"
model = dict(
    train_cfg=dict(
        rpn=dict(assigner=dict(_delete_=True, type="tinydet.NWDAssigner", constant=12.8))
    ),
)
