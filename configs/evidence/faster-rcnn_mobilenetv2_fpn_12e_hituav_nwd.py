"""NWD in the RPN's assigner, loss and NMS, as in nwd/."""

_base_ = "../faster_rcnn/faster-rcnn_mobilenetv2_fpn_12e_hituav.py"

nms = dict(_delete_=True, type="tinydet.nwd_nms", iou_threshold=0.85, constant=16.4)
model = dict(
    rpn_head=dict(
        reg_decoded_bbox=True,
        loss_bbox=dict(_delete_=True, type="tinydet.NWDLoss", constant=16.4, loss_weight=10.0),
    ),
    train_cfg=dict(
        rpn=dict(assigner=dict(_delete_=True, type="tinydet.NWDAssigner", constant=16.4)),
        rpn_proposal=dict(nms=nms),
    ),
    test_cfg=dict(rpn=dict(nms=nms)),
)
