"""RFLA (arXiv:2208.08738): receptive fields as anchors, hierarchical assignment, DIoU loss."""

_base_ = "../retinanet/retinanet_r50_fpn_1x_aitod.py"

model = dict(
    bbox_head=dict(
        anchor_generator=dict(
            _delete_=True, type="tinydet.RFAnchorGenerator", strides=[8, 16, 32, 64, 128]
        ),
        reg_decoded_bbox=True,
        loss_bbox=dict(_delete_=True, type="tinydet.DIoULoss"),
    ),
    train_cfg=dict(assigner=dict(_delete_=True, type="tinydet.HierarchicalAssigner")),
)
# Its authors warm up for 5,000 steps.
param_scheduler = [
    dict(type="LinearLR", start_factor=0.001, by_epoch=False, begin=0, end=5000),
    _base_.param_scheduler[-1],
]
