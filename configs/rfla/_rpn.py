"""RFLA (arXiv:2208.08738) in an RPN: receptive fields as anchors, hierarchical assignment.

Its authors' rate of 0.005 for a batch of 4 is 0.01 for one of 8.
"""

_base_ = "_warm_up.py"

rfla = dict(
    rpn_head=dict(
        anchor_generator=dict(
            _delete_=True, type="tinydet.RFAnchorGenerator", strides=[4, 8, 16, 32, 64]
        )
    ),
    train_cfg=dict(rpn=dict(assigner=dict(_delete_=True, type="tinydet.HierarchicalAssigner"))),
)
