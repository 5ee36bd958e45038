"""HIT-UAV thermal drone images at half resolution, for mmdet's detectors."""

data_root = "{{$HITUAV_ROOT:data/hituav}}"
num_classes = 3
img_scale = (320, 256)  # width, height

train_dataloader = dict(
    batch_size=4,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type="DefaultSampler", shuffle=True),
    batch_sampler=dict(type="mmdet.AspectRatioBatchSampler"),
    dataset=dict(
        type="tinydet.HITUAVDataset",
        data_root=data_root,
        ann_file="train.json",
        data_prefix=dict(img="images/"),
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
        type="tinydet.HITUAVDataset",
        data_root=data_root,
        ann_file="val.json",
        data_prefix=dict(img="images/"),
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
val_evaluator = dict(type="tinydet.AITODMetric", ann_file=data_root + "/val.json")
test_evaluator = val_evaluator
