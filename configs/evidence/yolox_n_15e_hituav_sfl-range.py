_base_ = "../yolox/yolox_n_15e_hituav.py"
model = dict(
    bbox_head=dict(
        loss_bbox=dict(
            _delete_=True,
            type="tinydet.SFLLoss",
            reduction="sum",
            loss_weight=5.0,
            area_range=(4, 4096),
        )
    )
)
