"""AI-TOD, trainval -> test, 800 px, for mmdet's detectors."""

data_root = "{{$AITOD_ROOT:data/AI-TOD}}"
num_classes = 8
img_scale = (800, 800)  # width, height

train_dataloader = dict(
    batch_size=2,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type="DefaultSampler", shuffle=True),
    batch_sampler=dict(type="mmdet.AspectRatioBatchSampler"),
    dataset=dict(
        type="tinydet.AITODDataset",
        data_root=data_root,
        ann_file="annotations/aitod_trainval_v1_1.0.json",
        data_prefix=dict(img="images/trainval/"),
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
    batch_size=1,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type="DefaultSampler", shuffle=False),
    dataset=dict(
        type="tinydet.AITODDataset",
        data_root=data_root,
        ann_file="annotations/aitod_test_v1_1.0.json",
        data_prefix=dict(img="images/test/"),
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
val_evaluator = dict(
    type="tinydet.AITODMetric", ann_file=data_root + "/annotations/aitod_test_v1_1.0.json"
)
test_evaluator = val_evaluator
