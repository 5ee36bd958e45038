"""SFL without L1, of mean weight 1."""

_base_ = "../yolox/yolox_n_15e_hituav.py"
model = dict(
    bbox_head=dict(
        loss_bbox=dict(
            _delete_=True, type="tinydet.SFLLoss", reduction="sum", loss_weight=3.05, l1_weight=0
        )
    )
)
