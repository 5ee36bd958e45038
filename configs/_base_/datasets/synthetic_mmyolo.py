"""The embedded synthetic aerial images (256 px), for mmyolo's detectors. Flips only."""

data_root = "{{$SYNTHETIC_ROOT:data/synthetic}}"
num_classes = 8
img_scale = (256, 256)  # width, height

train_dataloader = dict(
    batch_size=4,
    num_workers=1,
    persistent_workers=True,
    pin_memory=True,
    drop_last=True,  # batch normalisation over a last batch of one image is unstable
    sampler=dict(type="DefaultSampler", shuffle=True),
    collate_fn=dict(type="mmyolo.yolov5_collate"),
    dataset=dict(
        type="tinydet.SyntheticAerialDataset",
        data_root=data_root,
        ann_file="annotations/train.json",
        data_prefix=dict(img="train/"),
        filter_cfg=dict(filter_empty_gt=False),
        pipeline=[
            dict(type="tinydet.LoadImageFromFile"),
            dict(type="mmdet.LoadAnnotations", with_bbox=True),
            dict(type="mmdet.RandomFlip", prob=[0.25, 0.25], direction=["horizontal", "vertical"]),
            dict(
                type="mmdet.PackDetInputs",
                meta_keys=("img_id", "img_path", "ori_shape", "img_shape", "flip"),
            ),
        ],
    ),
)
val_dataloader = dict(
    batch_size=8,
    num_workers=1,
    persistent_workers=True,
    pin_memory=True,
    sampler=dict(type="DefaultSampler", shuffle=False),
    dataset=dict(
        type="tinydet.SyntheticAerialDataset",
        data_root=data_root,
        ann_file="annotations/val.json",
        data_prefix=dict(img="val/"),
        test_mode=True,
        pipeline=[
            dict(type="tinydet.LoadImageFromFile"),
            dict(type="mmyolo.YOLOv5KeepRatioResize", scale=img_scale),
            dict(
                type="mmyolo.LetterResize",
                scale=img_scale,
                allow_scale_up=False,
                pad_val=dict(img=114),
            ),
            dict(type="mmdet.LoadAnnotations", with_bbox=True),
            dict(
                type="mmdet.PackDetInputs",
                meta_keys=(
                    "img_id",
                    "img_path",
                    "ori_shape",
                    "img_shape",
                    "scale_factor",
                    "pad_param",
                ),
            ),
        ],
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(type="tinydet.AITODMetric", ann_file=data_root + "/annotations/val.json")
test_evaluator = val_evaluator
