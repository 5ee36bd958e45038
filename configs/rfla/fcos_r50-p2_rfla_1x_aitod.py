"""RFLA (arXiv:2208.08738): receptive fields as anchors, hierarchical assignment, DIoU loss."""

_base_ = "../fcos/fcos_r50-p2_fpn_1x_aitod.py"

model = dict(
    bbox_head=dict(
        type="tinydet.RFLAFCOSHead",
        style="caffe",
        loss_bbox=dict(_delete_=True, type="tinydet.DIoULoss"),
    )
)
