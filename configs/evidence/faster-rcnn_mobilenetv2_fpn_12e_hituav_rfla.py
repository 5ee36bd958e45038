"""RFLA with the receptive fields of a ResNet-18, since MobileNetV2's are not known to it."""

_base_ = "../faster_rcnn/faster-rcnn_mobilenetv2_fpn_12e_hituav.py"
model = dict(
    rpn_head=dict(
        anchor_generator=dict(
            _delete_=True, type="tinydet.RFAnchorGenerator", strides=[4, 8, 16, 32, 64], depth=18
        )
    ),
    train_cfg=dict(rpn=dict(assigner=dict(_delete_=True, type="tinydet.HierarchicalAssigner"))),
)
