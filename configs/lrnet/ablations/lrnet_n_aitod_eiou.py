_base_ = "../lrnet_n_aitod.py"
model = dict(
    bbox_head=dict(
        loss_bbox=dict(_delete_=True, type="tinydet.EIoULoss", reduction="sum", loss_weight=7.5)
    )
)
