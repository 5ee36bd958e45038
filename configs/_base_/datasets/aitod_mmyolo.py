"""AI-TOD, trainval -> test, for mmyolo's detectors.

Mosaic, as YOLOv8 trains, at the 640 px of LR-Net.
"""

data_root = "{{$AITOD_ROOT:data/AI-TOD}}"
num_classes = 8
img_scale = (640, 640)  # width, height
pre_transform = [
    dict(type="tinydet.LoadImageFromFile"),
    dict(type="mmdet.LoadAnnotations", with_bbox=True),
]
last_transform = [
    dict(type="mmyolo.YOLOv5HSVRandomAug"),
    dict(type="mmdet.RandomFlip", prob=0.5),
    dict(
        type="mmdet.PackDetInputs",
        meta_keys=("img_id", "img_path", "ori_shape", "img_shape", "flip", "flip_direction"),
    ),
]
affine = dict(
    # Drops boxes that are 2 px or less after scaling, as YOLOv8 does; min_bbox_size=1 keeps more.
    type="mmyolo.YOLOv5RandomAffine",
    max_rotate_degree=0.0,
    max_shear_degree=0.0,
    scaling_ratio_range=(0.5, 1.5),
    max_aspect_ratio=100,
    border_val=(114, 114, 114),
)
train_pipeline = [
    *pre_transform,
    dict(type="mmyolo.Mosaic", img_scale=img_scale, pad_val=114.0, pre_transform=pre_transform),
    dict(**affine, border=(-img_scale[0] // 2, -img_scale[1] // 2)),
    *last_transform,
]
train_pipeline_stage2 = [  # the last epochs see whole images
    *pre_transform,
    dict(type="mmyolo.YOLOv5KeepRatioResize", scale=img_scale),
    dict(type="mmyolo.LetterResize", scale=img_scale, allow_scale_up=True, pad_val=dict(img=114.0)),
    affine,
    *last_transform,
]

train_dataloader = dict(
    batch_size=4,
    num_workers=4,
    persistent_workers=True,
    pin_memory=True,
    drop_last=True,  # batch normalisation over a last batch of one image is unstable
    sampler=dict(type="DefaultSampler", shuffle=True),
    collate_fn=dict(type="mmyolo.yolov5_collate"),
    dataset=dict(
        type="tinydet.AITODDataset",
        data_root=data_root,
        ann_file="annotations/aitod_trainval_v1_1.0.json",
        data_prefix=dict(img="images/trainval/"),
        filter_cfg=dict(filter_empty_gt=False),
        pipeline=train_pipeline,
    ),
)
val_dataloader = dict(
    batch_size=1,
    num_workers=4,
    persistent_workers=True,
    pin_memory=True,
    sampler=dict(type="DefaultSampler", shuffle=False),
    dataset=dict(
        type="tinydet.AITODDataset",
        data_root=data_root,
        ann_file="annotations/aitod_test_v1_1.0.json",
        data_prefix=dict(img="images/test/"),
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
val_evaluator = dict(
    type="tinydet.AITODMetric", ann_file=data_root + "/annotations/aitod_test_v1_1.0.json"
)
test_evaluator = val_evaluator
