"""RFLA (arXiv:2208.08738): receptive fields as anchors, hierarchical assignment.

Its repository trains on one GPU with two images, at a rate of 0.005, and warms up for 5,000 steps:
a config that takes a part states all three, because they are others than its host's.
"""

rfla = dict(
    rpn=dict(
        rpn_head=dict(
            anchor_generator=dict(
                _delete_=True, type="tinydet.RFAnchorGenerator", strides=[4, 8, 16, 32, 64]
            )
        ),
        train_cfg=dict(rpn=dict(assigner=dict(_delete_=True, type="tinydet.HierarchicalAssigner"))),
    ),
    retinanet=dict(
        bbox_head=dict(
            anchor_generator=dict(
                _delete_=True, type="tinydet.RFAnchorGenerator", strides=[8, 16, 32, 64, 128]
            ),
            reg_decoded_bbox=True,
            loss_bbox=dict(_delete_=True, type="tinydet.DIoULoss"),
        ),
        train_cfg=dict(assigner=dict(_delete_=True, type="tinydet.HierarchicalAssigner")),
    ),
    warm_up=dict(type="LinearLR", start_factor=0.001, by_epoch=False, begin=0, end_images=10_000),
)
