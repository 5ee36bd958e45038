"""Run a detector on crops of pictures, each through its own test pipeline, in full batches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np
import torch
from mmengine.dataset import pseudo_collate
from mmengine.structures import InstanceData
from torch import Tensor, nn

from tinydet.compat.padding import GREY


def crop(picture: np.ndarray, tile: Sequence[int]) -> np.ndarray:
    """Cut a tile, x1, y1, x2, y2 in px, out of ``(H, W, C)``; gray where it reaches beyond."""
    x1, y1, x2, y2 = tile
    seen = picture[y1:y2, x1:x2]
    lacking = (y2 - y1 - seen.shape[0], x2 - x1 - seen.shape[1])
    if not any(lacking):
        return seen
    return np.pad(seen, ((0, lacking[0]), (0, lacking[1]), (0, 0)), constant_values=GREY)


@torch.no_grad()
def detect(
    detector: nn.Module, pipeline: Callable, crops: Sequence[np.ndarray], batch_size: int
) -> list[InstanceData]:
    """Detect objects in crops; those of one shape fill batches, so that none is padded for another.

    Args:
        detector: Of mmdet or mmyolo, in evaluation mode.
        pipeline: Its test transforms after the loader.
        crops: ``(h, w, 3)`` uint8 in the loader's order of channels, BGR.
        batch_size: Crops that go through the network together.

    Returns:
        Of each crop ``bboxes`` ``(N, 4)`` in its own px, ``scores`` and ``labels``, on the CPU.
    """
    alike = defaultdict(list)
    for number, pixels in enumerate(crops):
        alike[pixels.shape].append(number)
    found: dict[int, InstanceData] = {}
    for numbers in alike.values():
        for begin in range(0, len(numbers), batch_size):
            part = numbers[begin : begin + batch_size]
            batch = pseudo_collate([pipeline(loaded(crops[number])) for number in part])
            for number, sample in zip(part, detector.test_step(batch), strict=True):
                found[number] = sample.pred_instances.cpu()
    return [found[number] for number in range(len(crops))]


def loaded(pixels: np.ndarray) -> dict:
    """Return what a loader hands to the next transform."""
    shape = pixels.shape[:2]
    return dict(img=pixels, img_shape=shape, ori_shape=shape, img_id=0, img_path="")


def combined(found: Sequence[InstanceData], tiles: np.ndarray) -> tuple[Tensor, ...]:
    """Move the boxes of tiles into the picture: boxes float64, scores, labels, number of the tile.

    Args:
        found: What :func:`detect` returned, of each tile.
        tiles: ``(T, 4)`` px of the picture.
    """
    if not found:
        return (
            torch.zeros(0, 4).double(),
            torch.zeros(0),
            torch.zeros(0).long(),
            torch.zeros(0).long(),
        )
    corner = torch.from_numpy(np.asarray(tiles))[:, [0, 1, 0, 1]].double()
    counts = torch.tensor([len(objects) for objects in found])
    tile = torch.repeat_interleave(counts)
    boxes = torch.cat([objects.bboxes for objects in found]).double() + corner[tile]
    scores = torch.cat([objects.scores for objects in found])
    return boxes, scores, torch.cat([objects.labels for objects in found]), tile
