"""SFL without an L1 of its own, and YOLOX's L1 in the last two epochs."""

_base_ = "yolox_n_15e_hituav_l1.py"
model = dict(
    bbox_head=dict(
        loss_bbox=dict(
            _delete_=True, type="tinydet.SFLLoss", reduction="sum", loss_weight=5.0, l1_weight=0
        )
    )
)
