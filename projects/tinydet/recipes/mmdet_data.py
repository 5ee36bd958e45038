"""Pipelines and loaders of mmdet's detectors: images resized with their ratio kept, and flipped.

Batch 2, as the AI-TOD repositories (docs/baselines.md).
"""

from __future__ import annotations


def pipelines(scale: tuple[int, int]) -> tuple[list[dict], list[dict]]:
    """Return the pipelines of training and of test.

    Args:
        scale: Width and height in pixels that an image is resized into.
    """
    load = dict(type="tinydet.LoadImageFromFile")
    annotations = dict(type="mmdet.LoadAnnotations", with_bbox=True)
    resize = dict(type="mmdet.Resize", scale=scale, keep_ratio=True)
    flip = dict(type="mmdet.RandomFlip", prob=0.5)
    pack = dict(type="mmdet.PackDetInputs")
    known = ("img_id", "img_path", "ori_shape", "img_shape", "scale_factor")
    train = [load, annotations, resize, flip, pack]
    test = [load, resize, annotations, dict(pack, meta_keys=known)]
    return train, test


def train_loader(data: dict, pipeline: list[dict], batch_size: int = 2, workers: int = 2) -> dict:
    """Return the loader of shuffled images with objects, in batches of one orientation."""
    return dict(
        batch_size=batch_size,
        num_workers=workers,
        persistent_workers=True,
        sampler=dict(type="DefaultSampler", shuffle=True),
        batch_sampler=dict(type="mmdet.AspectRatioBatchSampler"),
        dataset=dict(filter_cfg=dict(filter_empty_gt=True), pipeline=pipeline, **data),
    )


def val_loader(data: dict, pipeline: list[dict], batch_size: int = 1, workers: int = 2) -> dict:
    """Return the loader of all images in their order."""
    return dict(
        batch_size=batch_size,
        num_workers=workers,
        persistent_workers=True,
        sampler=dict(type="DefaultSampler", shuffle=False),
        dataset=dict(test_mode=True, pipeline=pipeline, **data),
    )
