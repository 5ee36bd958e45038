"""Pictures after the training pipeline of a config, as the network gets them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from mmengine.config import Config
from mmengine.dataset import BaseDataset
from mmengine.registry import DATASETS, init_default_scope

from tinydet.datasets.wrappers import hand_on
from tinydet.errors import InputError

SPLITS = ("train", "val", "test")


class Sample(NamedTuple):
    """A picture after the pipeline.

    Attributes:
        name: File name.
        pixels: ``(H, W, 3)`` uint8 RGB.
        boxes: ``(N, 4)`` objects to train on, x1, y1, x2, y2 in px of ``pixels``.
        labels: ``(N,)`` classes.
        ignored: ``(M, 4)`` regions that training ignores.
    """

    name: str
    pixels: np.ndarray
    boxes: np.ndarray
    labels: np.ndarray
    ignored: np.ndarray


def samples(dataset: BaseDataset, count: int, seed: int = 0) -> Iterator[Sample]:
    """Yield random pictures after the pipeline.

    Args:
        dataset: From :func:`dataset_of`.
        count: Pictures at most, each once.
        seed: Of their choice and of the augmentations.
    """
    np.random.seed(seed)  # noqa: NPY002  (what the transforms draw from)
    order = np.random.default_rng(seed).permutation(len(dataset))[:count]
    for number in order.tolist():
        yield _sample(dataset[number])


def dataset_of(config: Config, split: str) -> BaseDataset:
    """Return the data set of a split with the training pipeline.

    Raises:
        InputError: The config has no data of the split, or the data set refuses the data.
    """
    init_default_scope(config.get("default_scope", "mmdet"))
    loader, training = config.get(f"{split}_dataloader"), config.get("train_dataloader")
    if not loader or not training:
        raise InputError(f"{config.filename}: no {split}_dataloader beside a train_dataloader")
    if split == "train":
        return DATASETS.build(training.dataset)
    inside = training.dataset
    while "pipeline" not in inside and "dataset" in inside:
        inside = inside["dataset"]
    given = dict(pipeline=inside.get("pipeline"), test_mode=False)
    return DATASETS.build(hand_on(loader.dataset, given))


def _sample(data: dict) -> Sample:
    truths, ignored = data["data_samples"].gt_instances, data["data_samples"].ignored_instances
    pixels = data["inputs"].numpy().transpose(1, 2, 0)
    pixels = np.broadcast_to(pixels, (*pixels.shape[:2], 3))[..., ::-1].clip(0, 255)
    path = data["data_samples"].metainfo.get("img_path", "")
    return Sample(
        str(path).replace("\\", "/").rsplit("/", 1)[-1],
        np.ascontiguousarray(pixels.astype(np.uint8)),
        _array(truths.bboxes),
        truths.labels.numpy(),
        _array(ignored.bboxes),
    )


def _array(boxes: object) -> np.ndarray:
    return getattr(boxes, "tensor", boxes).numpy().reshape(-1, 4)
