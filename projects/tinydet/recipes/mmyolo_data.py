"""Pipelines and loaders of mmyolo's detectors: mosaics as YOLOv8 trains, or flips alone.

A config that trains on mosaics sees whole images in its last epochs: :func:`whole_images`, which
the hooks of :func:`last_epochs` and :func:`yolox_last_epochs` switch to.
"""

from __future__ import annotations

LOAD = dict(type="tinydet.LoadImageFromFile")
ANNOTATIONS = dict(type="mmdet.LoadAnnotations", with_bbox=True)
AFFINE = dict(
    # Drops boxes that are 2 px or less after scaling, as YOLOv8 does; min_bbox_size=1 keeps more.
    type="mmyolo.YOLOv5RandomAffine",
    max_rotate_degree=0.0,
    max_shear_degree=0.0,
    max_aspect_ratio=100,
    border_val=(114, 114, 114),
)
SCALING = (0.5, 1.5)  # of objects, of the smaller models
COLORS_AND_FLIP = (
    dict(type="mmyolo.YOLOv5HSVRandomAug"),
    dict(type="mmdet.RandomFlip", prob=0.5),
    dict(
        type="mmdet.PackDetInputs",
        meta_keys=("img_id", "img_path", "ori_shape", "img_shape", "flip", "flip_direction"),
    ),
)


def flips(scale: tuple[int, int] | None = None, paste: bool = False) -> list[dict]:
    """Return the pipeline of training on flipped images.

    Args:
        scale: Width and height in pixels that images are resized into; by default they keep
            their size.
        paste: Whether half of the images get copies of small objects before that.
    """
    copies = [dict(type="tinydet.SmallObjectCopyPaste")] if paste else []
    resize = [dict(type="mmyolo.YOLOv5KeepRatioResize", scale=scale)] if scale else []
    flip = dict(type="mmdet.RandomFlip", prob=[0.25, 0.25], direction=["horizontal", "vertical"])
    known = ("img_id", "img_path", "ori_shape", "img_shape", "flip")
    pack = dict(type="mmdet.PackDetInputs", meta_keys=known)
    return [LOAD, ANNOTATIONS, *copies, *resize, flip, pack]


def mosaics(
    scale: tuple[int, int], scaling: tuple[float, float] = SCALING, mixup: float = 0.0
) -> list[dict]:
    """Return the pipeline of training on mosaics of four images.

    Args:
        scale: Width and height in pixels of each image, and of what is cut out of their mosaic.
        scaling: Smallest and largest factor by which a mosaic is enlarged.
        mixup: Share of mosaics that are blended with another.
    """
    before = [LOAD, ANNOTATIONS]
    mosaic = dict(type="mmyolo.Mosaic", img_scale=scale, pad_val=114.0, pre_transform=before)
    border = (-scale[0] // 2, -scale[1] // 2)
    steps = [*before, mosaic, dict(AFFINE, scaling_ratio_range=scaling, border=border)]
    blend = [dict(type="mmyolo.YOLOv5MixUp", prob=mixup, pre_transform=steps)] if mixup else []
    return [*steps, *blend, *COLORS_AND_FLIP]


def whole_images(scale: tuple[int, int], scaling: tuple[float, float] = SCALING) -> list[dict]:
    """Return the pipeline of the last epochs, in which an image fills ``scale``.

    Args:
        scale: Width and height in pixels.
        scaling: Smallest and largest factor by which the image is enlarged.
    """
    resize = dict(type="mmyolo.YOLOv5KeepRatioResize", scale=scale)
    letter = dict(
        type="mmyolo.LetterResize", scale=scale, allow_scale_up=True, pad_val=dict(img=114.0)
    )
    affine = dict(AFFINE, scaling_ratio_range=scaling)
    return [LOAD, ANNOTATIONS, resize, letter, affine, *COLORS_AND_FLIP]


def test_images(scale: tuple[int, int]) -> list[dict]:
    """Return the pipeline of test: images shrunk into ``scale`` and padded to it."""
    resize = dict(type="mmyolo.YOLOv5KeepRatioResize", scale=scale)
    letter = dict(
        type="mmyolo.LetterResize", scale=scale, allow_scale_up=False, pad_val=dict(img=114)
    )
    known = ("img_id", "img_path", "ori_shape", "img_shape", "scale_factor", "pad_param")
    pack = dict(type="mmdet.PackDetInputs", meta_keys=known)
    return [LOAD, resize, letter, ANNOTATIONS, pack]


def train_loader(data: dict, pipeline: list[dict], batch_size: int = 4, workers: int = 4) -> dict:
    """Return the loader of shuffled images, those without objects too."""
    return dict(
        batch_size=batch_size,
        num_workers=workers,
        persistent_workers=True,
        pin_memory=True,
        drop_last=True,  # batch normalization over a last batch of one image is unstable
        sampler=dict(type="DefaultSampler", shuffle=True),
        collate_fn=dict(type="mmyolo.yolov5_collate"),
        dataset=dict(filter_cfg=dict(filter_empty_gt=False), pipeline=pipeline, **data),
    )


def val_loader(data: dict, pipeline: list[dict], batch_size: int = 1, workers: int = 4) -> dict:
    """Return the loader of all images in their order."""
    return dict(
        batch_size=batch_size,
        num_workers=workers,
        persistent_workers=True,
        pin_memory=True,
        sampler=dict(type="DefaultSampler", shuffle=False),
        dataset=dict(test_mode=True, pipeline=pipeline, **data),
    )


def last_epochs(pipeline: list[dict], max_epochs: int, last: int) -> dict:
    """Return the hook that trains the last epochs of all by another pipeline."""
    return dict(
        type="mmdet.PipelineSwitchHook", switch_epoch=max_epochs - last, switch_pipeline=pipeline
    )


def yolox_last_epochs(pipeline: list[dict], last: int) -> dict:
    """Return the hook that trains the last epochs by another pipeline and with YOLOX's L1 loss."""
    return dict(
        type="mmyolo.YOLOXModeSwitchHook",
        num_last_epochs=last,
        new_train_pipeline=pipeline,
        priority=48,
    )
