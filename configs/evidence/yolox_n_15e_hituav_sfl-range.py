"""SFL without L1 of a fixed range of areas, its weights divided by their mean in each call."""

_base_ = "../yolox/yolox_n_15e_hituav.py"
model = dict(
    bbox_head=dict(
        loss_bbox=dict(
            _delete_=True,
            type="tinydet.SFLLoss",
            reduction="sum",
            loss_weight=5.0,
            l1_weight=0,
            area_range=(4, 4096),
            normalize=True,
        )
    )
)
