_base_ = "../../faster_rcnn/faster-rcnn_r18_fpn_14e_synthetic.py"
model = dict(
    train_cfg=dict(
        rpn_proposal=dict(
            nms=dict(_delete_=True, type="tinydet.nwd_nms", iou_threshold=0.85, constant=12.8)
        )
    ),
    test_cfg=dict(
        rpn=dict(nms=dict(_delete_=True, type="tinydet.nwd_nms", iou_threshold=0.85, constant=12.8))
    ),
)
