"""The embedded synthetic aerial images (256 px), for mmdet's detectors."""

data_root = "{{$SYNTHETIC_ROOT:data/synthetic}}"
num_classes = 8
img_scale = (256, 256)  # width, height

train_dataloader = dict(
    batch_size=4,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type="DefaultSampler", shuffle=True),
    batch_sampler=dict(type="mmdet.AspectRatioBatchSampler"),
    dataset=dict(
        type="tinydet.SyntheticAerialDataset",
        data_root=data_root,
        ann_file="annotations/train.json",
        data_prefix=dict(img="train/"),
        filter_cfg=dict(filter_empty_gt=True),
        pipeline=[
            dict(type="tinydet.LoadImageFromFile"),
            dict(type="mmdet.LoadAnnotations", with_bbox=True),
            dict(type="mmdet.Resize", scale=img_scale, keep_ratio=True),
            dict(type="mmdet.RandomFlip", prob=0.5),
            dict(type="mmdet.PackDetInputs"),
        ],
    ),
)
val_dataloader = dict(
    batch_size=4,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type="DefaultSampler", shuffle=False),
    dataset=dict(
        type="tinydet.SyntheticAerialDataset",
        data_root=data_root,
        ann_file="annotations/val.json",
        data_prefix=dict(img="val/"),
        test_mode=True,
        pipeline=[
            dict(type="tinydet.LoadImageFromFile"),
            dict(type="mmdet.Resize", scale=img_scale, keep_ratio=True),
            dict(type="mmdet.LoadAnnotations", with_bbox=True),
            dict(
                type="mmdet.PackDetInputs",
                meta_keys=("img_id", "img_path", "ori_shape", "img_shape", "scale_factor"),
            ),
        ],
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(type="tinydet.AITODMetric", ann_file=data_root + "/annotations/val.json")
test_evaluator = val_evaluator
