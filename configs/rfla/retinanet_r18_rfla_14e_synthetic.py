"""RFLA (arXiv:2208.08738): receptive fields as anchors, hierarchical assignment, DIoU loss."""

_base_ = "../retinanet/retinanet_r18_fpn_14e_synthetic.py"

model = dict(
    bbox_head=dict(
        anchor_generator=dict(
            _delete_=True, type="tinydet.RFAnchorGenerator", strides=[4, 8, 16, 32], depth=18
        ),
        reg_decoded_bbox=True,
        loss_bbox=dict(_delete_=True, type="tinydet.DIoULoss"),
    ),
    train_cfg=dict(assigner=dict(_delete_=True, type="tinydet.HierarchicalAssigner")),
)
