"""Which sizes of objects a box loss trains most: its gradient at the boxes that a detector finds.

A loss weighs objects in two ways. Its value may depend on the size by a factor, as in SFL, and its
slope per pixel depends on the size anyway, because a pixel is more of a small box. What an
optimizer sees is the gradient, so its share by size tells what a loss stresses, and its total
beside another loss tells how much of the change is the weight of the box loss as a whole.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from mmdet.structures.bbox import bbox_overlaps
from torch import Tensor

from tinydet.boxes import Boxes
from tinydet.datasets.statistics import RANGES, range_of
from tinydet.models.losses.box_loss import BoxLoss


class Pairs(NamedTuple):
    """Detections and the objects that each of them is the nearest to.

    Attributes:
        found: ``(N, 4)`` x1, y1, x2, y2, px.
        objects: ``(N, 4)`` likewise.
    """

    found: Tensor
    objects: Tensor


class Shares(NamedTuple):
    """The gradient of a loss by size range of the object, in the order of ``RANGES``.

    Attributes:
        counts: ``(4,)`` number of pairs.
        share: ``(4,)`` of the sum of all pairs, 0 to 1.
        mean: ``(4,)`` of a pair; NaN in ranges without pairs.
        total: The mean of all pairs.
    """

    counts: np.ndarray
    share: np.ndarray
    mean: np.ndarray
    total: float


def pairs_of(
    truth: dict, detections: Boxes, images: int, least_iou: float, least_score: float
) -> list[Pairs]:
    """Pair each detection with the object of its image and class that it overlaps most.

    Args:
        truth: From :func:`tinydet.evaluation.ground_truth.read_ground_truth`; crowds are left out.
        detections: From :func:`tinydet.evaluation.detections.usable`.
        images: In one call of the loss, the batch of a training; images without pairs do not count.
        least_iou: Detections that overlap no object as much are left out.
        least_score: Detections below are left out.

    Returns:
        The pairs of each call.
    """
    objects: dict[tuple[int, int], list] = {}
    for ann in truth["annotations"]:
        if not ann.get("iscrowd"):
            objects.setdefault((ann["image_id"], ann["category_id"]), []).append(ann["bbox"])
    detections = detections[detections.scores >= least_score]
    keys = np.stack([detections.image_ids, detections.class_ids], 1)
    by_image: dict[int, list[Pairs]] = {}
    for image, class_id in np.unique(keys, axis=0).tolist():
        own = objects.get((image, class_id))
        if own is None:
            continue
        boxes = torch.tensor(own, dtype=torch.float32)
        boxes[:, 2:] += boxes[:, :2]
        found = torch.from_numpy(detections.xyxy[(keys == (image, class_id)).all(1)]).float()
        iou, best = bbox_overlaps(found, boxes).max(1)
        kept = iou >= least_iou
        if kept.any():
            by_image.setdefault(image, []).append(Pairs(found[kept], boxes[best[kept]]))
    return [
        Pairs(*(torch.cat(boxes) for boxes in zip(*itertools.chain(*several), strict=True)))
        for several in batched(by_image.values(), images)
    ]


def batched(items: Iterable, size: int) -> Iterator[tuple]:
    """Yield tuples of up to ``size`` items, as Python 3.12's ``itertools.batched``."""
    items = iter(items)
    while batch := tuple(itertools.islice(items, size)):
        yield batch


def gradient_shares(loss: BoxLoss, calls: Sequence[Pairs]) -> Shares:
    r"""Return where the gradient of a loss goes.

    Args:
        loss: With ``reduction="none"``.
        calls: At least one, from :func:`pairs_of`.

    The gradient of a pair is :math:`|\partial L / \partial x_1| + \dots + |\partial L / \partial
    y_2|`, per px.
    """
    gradients, sizes = [], []
    for pairs in calls:
        found = pairs.found.clone().requires_grad_()
        loss(found, pairs.objects).sum().backward()
        gradients.append(found.grad.abs().sum(1))
        sizes.append((pairs.objects[:, 2:] - pairs.objects[:, :2]).prod(1).sqrt())
    each = torch.cat(gradients).double().numpy()
    group = range_of(torch.cat(sizes).numpy())
    sums, counts = (np.bincount(group, weights, len(RANGES)) for weights in (each, None))
    share = sums / max(sums.sum(), np.finfo(float).tiny)
    means = np.divide(sums, counts, out=np.full(len(RANGES), np.nan), where=counts > 0)
    return Shares(counts, share, means, each.mean())
