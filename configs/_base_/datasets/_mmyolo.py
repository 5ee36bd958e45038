"""Loaders and pipelines for mmyolo's detectors; images are trained on as they are, and flipped.

No data set: `synthetic_mmyolo.py` and the others beside it add images and labels; `_mosaic.py`
puts mosaics in the place of the flips.
"""

img_scale = (640, 640)  # width, height
train_pipeline = [
    dict(type="tinydet.LoadImageFromFile"),
    dict(type="mmdet.LoadAnnotations", with_bbox=True),
    dict(type="mmdet.RandomFlip", prob=[0.25, 0.25], direction=["horizontal", "vertical"]),
    dict(
        type="mmdet.PackDetInputs",
        meta_keys=("img_id", "img_path", "ori_shape", "img_shape", "flip"),
    ),
]
test_pipeline = [
    dict(type="tinydet.LoadImageFromFile"),
    dict(type="mmyolo.YOLOv5KeepRatioResize", scale=img_scale),
    dict(type="mmyolo.LetterResize", scale=img_scale, allow_scale_up=False, pad_val=dict(img=114)),
    dict(type="mmdet.LoadAnnotations", with_bbox=True),
    dict(
        type="mmdet.PackDetInputs",
        meta_keys=("img_id", "img_path", "ori_shape", "img_shape", "scale_factor", "pad_param"),
    ),
]

train_dataloader = dict(
    batch_size=4,
    num_workers=4,
    persistent_workers=True,
    pin_memory=True,
    drop_last=True,  # batch normalisation over a last batch of one image is unstable
    sampler=dict(type="DefaultSampler", shuffle=True),
    collate_fn=dict(type="mmyolo.yolov5_collate"),
    dataset=dict(filter_cfg=dict(filter_empty_gt=False), pipeline=train_pipeline),
)
val_dataloader = dict(
    batch_size=1,
    num_workers=4,
    persistent_workers=True,
    pin_memory=True,
    sampler=dict(type="DefaultSampler", shuffle=False),
    dataset=dict(test_mode=True, pipeline=test_pipeline),
)
test_dataloader = val_dataloader
