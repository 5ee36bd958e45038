"""RFLA (arXiv:2208.08738): receptive fields as anchors, hierarchical assignment in the RPN."""

_base_ = "../detectors/detectors_r50_1x_aitodv2.py"

model = dict(
    rpn_head=dict(
        anchor_generator=dict(
            _delete_=True, type="tinydet.RFAnchorGenerator", strides=[4, 8, 16, 32, 64]
        )
    ),
    train_cfg=dict(rpn=dict(assigner=dict(_delete_=True, type="tinydet.HierarchicalAssigner"))),
)
