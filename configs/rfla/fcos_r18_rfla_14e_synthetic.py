"""RFLA (arXiv:2208.08738): receptive fields as anchors, hierarchical assignment, DIoU loss."""

_base_ = "../fcos/fcos_r18_fpn_14e_synthetic.py"

model = dict(
    bbox_head=dict(
        type="tinydet.RFLAFCOSHead",
        depth=18,
        loss_bbox=dict(_delete_=True, type="tinydet.DIoULoss"),
    )
)
