"""RFLA (arXiv:2208.08738) in RetinaNet: receptive fields, hierarchical assignment, DIoU loss."""

_base_ = "_warm_up.py"

rfla = dict(
    bbox_head=dict(
        anchor_generator=dict(
            _delete_=True, type="tinydet.RFAnchorGenerator", strides=[8, 16, 32, 64, 128]
        ),
        reg_decoded_bbox=True,
        loss_bbox=dict(_delete_=True, type="tinydet.DIoULoss"),
    ),
    train_cfg=dict(assigner=dict(_delete_=True, type="tinydet.HierarchicalAssigner")),
)
