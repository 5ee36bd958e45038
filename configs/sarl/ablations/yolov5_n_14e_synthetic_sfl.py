_base_ = "../../yolov5/yolov5_n_14e_synthetic.py"
model = dict(
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
