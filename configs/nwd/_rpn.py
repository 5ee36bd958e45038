"""NWD in the RPN's assigner, loss and NMS, C = 12.8 px (arXiv:2110.13389; docs/baselines.md)."""

nwd_nms = dict(_delete_=True, type="tinydet.nwd_nms", iou_threshold=0.85, constant=12.8)
nwd = dict(
    rpn_head=dict(
        reg_decoded_bbox=True,
        loss_bbox=dict(_delete_=True, type="tinydet.NWDLoss", constant=12.8, loss_weight=10.0),
    ),
    train_cfg=dict(
        rpn=dict(assigner=dict(_delete_=True, type="tinydet.NWDAssigner", constant=12.8)),
        rpn_proposal=dict(nms=nwd_nms),
    ),
    test_cfg=dict(rpn=dict(nms=nwd_nms)),
)
