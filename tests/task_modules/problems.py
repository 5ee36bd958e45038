"""Random assignment problems of the kinds that break assigners, reproducible from a number."""

import random

import torch
from mmdet.models.task_modules import AnchorGenerator
from mmengine.structures import InstanceData


def points_of(size, strides=(4, 8, 16, 32)):
    """Return the priors of YOLO's heads for a square image: ``(N, 4)`` centers and strides, px."""
    levels = []
    for stride in strides:
        along = (torch.arange(size // stride) + 0.5) * stride
        centers = torch.cartesian_prod(along, along).flip(-1)
        levels.append(torch.cat([centers, torch.full_like(centers, stride)], 1))
    return torch.cat(levels)


def instances(priors, gts, labels=None):
    """Return what ``assign`` gets."""
    priors, gts = (torch.tensor(boxes, dtype=torch.float32).view(-1, 4) for boxes in (priors, gts))
    labels = torch.arange(len(gts)) % 7 if labels is None else torch.tensor(labels)
    return InstanceData(priors=priors), InstanceData(bboxes=gts, labels=labels)


def _box(rng, size, whole):
    """A box in a picture of ``size`` px, or a little outside; whole pixels make ties."""
    x, y = rng.uniform(-10, size), rng.uniform(-10, size)
    w, h = rng.uniform(0, 24), rng.uniform(0, 24)
    box = [x, y, x + w, y + h]
    return [float(round(side)) for side in box] if whole else box


def _grid(rng, size):
    """Anchors of two levels, sometimes without those that leave the picture."""
    offset = rng.choice([0.0, 0.5])
    generator = AnchorGenerator([8, 16], rng.choice([[1.0], [0.5, 1.0, 2.0]]), [rng.choice([1, 2])])
    generator.center_offset = offset
    cells = [(-(-size // 8), -(-size // 8)), (-(-size // 16), -(-size // 16))]
    boxes = torch.cat(generator.grid_priors(cells, device="cpu"))
    if rng.random() < 0.3:
        boxes = boxes[(boxes >= 0).all(1) & (boxes <= size).all(1)]
    return boxes.tolist()


def problem(number):
    """Return priors and objects, lists of boxes that float32 holds exactly.

    Ties (whole pixels, anchors of equal center), equal objects and equal priors, boxes without
    area or inverted, objects outside the picture, at 1,000 and at 20,000 px, fewer priors than
    an assigner's k, more objects than priors; now and then no priors or no objects.
    """
    rng = random.Random(number)
    size, whole = rng.choice([24, 48, 64]), rng.random() < 0.6
    if rng.random() < 0.4:
        priors = _grid(rng, size)
    else:
        priors = [_box(rng, size, whole) for _ in range(rng.choice([0, 1, 2, 3, 5, 20, 60]))]
    gts = [_box(rng, size, whole) for _ in range(rng.choice([0, 1, 2, 4, 8, 12]))]
    for boxes in (priors, gts):
        for _ in range(rng.choice([0, 0, 1, 4]) if boxes else 0):
            boxes[rng.randrange(len(boxes))] = list(rng.choice(boxes))  # a duplicate
    if gts and priors and rng.random() < 0.3:
        gts[0] = list(rng.choice(priors))
    if gts and rng.random() < 0.4:
        x1, y1, x2, y2 = gts[-1]
        far = rng.choice([1000.0, 20000.0])
        gts[-1] = rng.choice(
            [
                [x1, y1, x1, y2],
                [x1, y1, x1, y1],
                [x2, y2, x1, y1],
                [x1 + far, y1, x2 + far, y2],
                [x1, y1, x1 + far, y1 + far],
            ]
        )
    return tuple(
        torch.tensor(boxes, dtype=torch.float32).view(-1, 4).double().tolist()
        for boxes in (priors, gts)
    )
