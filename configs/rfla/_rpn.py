"""RFLA (arXiv:2208.08738) in an RPN: receptive fields as anchors, hierarchical assignment.

Its repository trains on one GPU with two images, at a rate of 0.005: a config that takes this
states both, because it is another rate than its host's.
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
