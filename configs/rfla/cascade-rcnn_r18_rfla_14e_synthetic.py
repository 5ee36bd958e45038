"""RFLA (arXiv:2208.08738): receptive fields as anchors, hierarchical assignment in the RPN."""

_base_ = "../cascade_rcnn/cascade-rcnn_r18_fpn_14e_synthetic.py"

model = dict(
    rpn_head=dict(
        anchor_generator=dict(
            _delete_=True, type="tinydet.RFAnchorGenerator", strides=[4, 8, 16, 32, 64], depth=18
        )
    ),
    train_cfg=dict(rpn=dict(assigner=dict(_delete_=True, type="tinydet.HierarchicalAssigner"))),
)
