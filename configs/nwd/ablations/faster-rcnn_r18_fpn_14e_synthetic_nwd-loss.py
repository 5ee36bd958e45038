_base_ = "../../faster_rcnn/faster-rcnn_r18_fpn_14e_synthetic.py"
model = dict(
    rpn_head=dict(
        reg_decoded_bbox=True,
        loss_bbox=dict(_delete_=True, type="tinydet.NWDLoss", constant=12.8, loss_weight=10.0),
    ),
)
