_base_ = "../yolov5/yolov5_s_300e_aitodv2.py"

model = dict(
    neck=[dict(type="tinydet.SARL", in_channels=[128, 256, 512]), _base_.model.neck],
    bbox_head=dict(
        type="tinydet.YOLOv5PixelHead",
        loss_bbox=dict(
            _delete_=True,
            type="tinydet.SFLLoss",
            box_format="cxcywh",
            return_iou=True,
            loss_weight=0.05,
        ),
    ),
)
