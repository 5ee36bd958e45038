"""LR-Net as its authors released it (winterscoming/LR-Net; docs/baselines.md).

Slices and a 3x3 without attention at the four entries of the backbone and the three down-samplings
of the neck; RSIoU in the form that is active there; COCO's weights of YOLOv8-n wherever a layer of
that network has stayed.
"""

lff = dict(kernel_size=3, attention=None)
release = dict(
    init_cfg=dict(type="Pretrained", checkpoint="tinydet://yolov8_n_coco"),
    backbone=dict(type="tinydet.YOLOv8LFFCSPDarknet", down_cfg=lff),
    neck=dict(type="tinydet.LFFPAFPN", down_cfg=lff),
    bbox_head=dict(
        type="tinydet.YOLOv8PixelHead",
        loss_bbox=dict(
            _delete_=True,
            type="tinydet.RSIoULoss",
            center_distance=False,
            focal=None,
            alpha=1,
            reduction="sum",
            loss_weight=7.5,
        ),
    ),
)
