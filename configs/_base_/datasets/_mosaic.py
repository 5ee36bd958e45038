"""Mosaic training for mmyolo's detectors, as YOLOv8 trains, at 640 px.

The last epochs see whole images: `train_pipeline_stage2`, which a hook of the config switches to.
"""

_base_ = "_mmyolo.py"

img_scale = _base_.img_scale
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
train_pipeline_stage2 = [
    *pre_transform,
    dict(type="mmyolo.YOLOv5KeepRatioResize", scale=img_scale),
    dict(type="mmyolo.LetterResize", scale=img_scale, allow_scale_up=True, pad_val=dict(img=114.0)),
    affine,
    *last_transform,
]

train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
