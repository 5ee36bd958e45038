"""RFLA (arXiv:2208.08738) in an RPN: receptive fields as anchors, hierarchical assignment.

Its authors warm up for 5,000 steps; their rate of 0.005 for a batch of 4 is 0.01 for one of 8.
"""

rfla = dict(
    rpn_head=dict(
        anchor_generator=dict(
            _delete_=True, type="tinydet.RFAnchorGenerator", strides=[4, 8, 16, 32, 64]
        )
    ),
    train_cfg=dict(rpn=dict(assigner=dict(_delete_=True, type="tinydet.HierarchicalAssigner"))),
)
rfla_warm_up = dict(type="LinearLR", start_factor=0.001, by_epoch=False, begin=0, end=5000)
