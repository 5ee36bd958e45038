_base_ = "../yolox/yolox_s_300e_coco.py"

model = dict(
    neck=[dict(type="tinydet.SARL", in_channels=[128, 256, 512]), _base_.model.neck],
    bbox_head=dict(
        # YOLOX' own L1 joins in the last epochs: SFL has none beside it.
        loss_bbox=dict(
            _delete_=True, type="tinydet.SFLLoss", l1_weight=0, reduction="sum", loss_weight=5.0
        )
    ),
)
