"""RFLA (arXiv:2208.08738): receptive fields as anchors, hierarchical assignment in the RPN."""

_base_ = "../faster_rcnn/faster-rcnn_r50_fpn_1x_voc.py"

model = dict(
    rpn_head=dict(
        anchor_generator=dict(
            _delete_=True, type="tinydet.RFAnchorGenerator", strides=[4, 8, 16, 32, 64]
        )
    ),
    train_cfg=dict(rpn=dict(assigner=dict(_delete_=True, type="tinydet.HierarchicalAssigner"))),
)
# Its authors warm up for 5,000 steps.
param_scheduler = [
    dict(type="LinearLR", start_factor=0.001, by_epoch=False, begin=0, end=5000),
    *_base_.param_scheduler,
]
