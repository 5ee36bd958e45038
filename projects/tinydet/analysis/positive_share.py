"""Which share of tiny objects has a positive prior at all under a config's label assigner.

An object without one is not learned by the RPN or the dense head, whatever else a config has. Only
the priors and the assigner are built, no network.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from mmdet.models.task_modules.prior_generators import anchor_inside_flags
from mmdet.registry import MODELS, TASK_UTILS
from mmengine.config import Config, ConfigDict
from mmengine.registry import init_default_scope
from mmengine.structures import InstanceData
from torch import Tensor

from tinydet.configuration.nested import dictionaries

SIDE = 800  # px of an image, as AI-TOD's
MEAN, DEVIATION = 12.8, 5.9  # px of sqrt(w * h), AI-TOD's (ICPR 2020, Table I)
OBJECTS = 50  # an image


def tiny_objects(images: int = 20, seed: int = 0) -> list[Tensor]:
    """Return ``(50, 4)`` boxes x1, y1, x2, y2 of each image, px: AI-TOD's sizes, log-normal.

    Sides are at least 2 px; the ratio of width to height is log-normal about 1.
    """
    rng = np.random.default_rng(seed)
    spread = np.sqrt(np.log(1 + (DEVIATION / MEAN) ** 2))
    sizes = rng.lognormal(np.log(MEAN) - spread**2 / 2, spread, (images, OBJECTS))
    ratios = rng.lognormal(0, 0.3, (images, OBJECTS))
    sides = np.stack([sizes * ratios**0.5, sizes / ratios**0.5], -1).clip(2)
    start = rng.uniform(0, SIDE - sides)
    return list(torch.from_numpy(np.concatenate([start, start + sides], -1)).float())


def positive_share(config: Config, images: list[Tensor]) -> float | None:
    """Return the share of objects with a positive prior, in [0, 1].

    Args:
        config: As it is merged; ``constant="auto"`` counts as the mean size of AI-TOD.
        images: Of :func:`tiny_objects`.

    Returns:
        The share; ``None`` where nothing compares objects with anchors or with FCOS' points: they
        are assigned by predictions (YOLO, DETR), by heat maps or by other rules.
    """
    init_default_scope(config.get("default_scope", "mmdet"))
    model = ConfigDict(config.model.to_dict())
    for _, node in dictionaries(model, "model"):
        if node.get("constant") == "auto":
            node["constant"] = MEAN
    covered = _by_anchors(model) or _by_points(model)
    if covered is None:
        return None
    return sum(covered(boxes) for boxes in images) / sum(map(len, images))


def _by_anchors(model: ConfigDict) -> Callable[[Tensor], int] | None:
    """Return a function that counts objects with an anchor, of an RPN or a dense head."""
    train_cfg = model.get("train_cfg") or {}
    head, settings = model.get("rpn_head"), train_cfg.get("rpn")
    if not head:
        head, settings = model.get("bbox_head") or {}, train_cfg
    if "anchor_generator" not in head or not (settings or {}).get("assigner"):
        return None
    generator = TASK_UTILS.build(head["anchor_generator"])
    sizes = [(-(-SIDE // stride[1]), -(-SIDE // stride[0])) for stride in generator.strides]
    levels = generator.grid_priors(sizes, device="cpu")
    anchors, border = torch.cat(levels), settings.get("allowed_border", -1)
    inside = anchor_inside_flags(
        anchors, torch.ones(len(anchors), dtype=bool), (SIDE, SIDE), border
    )
    priors = InstanceData(priors=anchors[inside])
    assigner = TASK_UTILS.build(settings["assigner"])
    counts = [int(part.sum()) for part in inside.split([len(level) for level in levels])]
    more = dict(num_level_priors=counts) if "ATSS" in settings["assigner"]["type"] else {}

    def covered(boxes: Tensor) -> int:
        labels = torch.zeros(len(boxes), dtype=torch.long)
        gts = InstanceData(bboxes=boxes, labels=labels)
        found = assigner.assign(pred_instances=priors, gt_instances=gts, **more).gt_inds
        return len(found[found > 0].unique())

    return covered


def _by_points(model: ConfigDict) -> Callable[[Tensor], int] | None:
    """Return a function that counts objects with a point, of FCOS."""
    head = model.get("bbox_head") or {}
    if not str(head.get("type")).endswith("FCOSHead"):
        return None
    # Each object is a class of its own, so that the targets tell which have a point.
    network = MODELS.build(dict(head, num_classes=OBJECTS, stacked_convs=0, train_cfg=None))
    sizes = [(-(-SIDE // stride), -(-SIDE // stride)) for stride in network.strides]
    points = network.prior_generator.grid_priors(sizes, device="cpu")

    def covered(boxes: Tensor) -> int:
        gts = InstanceData(bboxes=boxes, labels=torch.arange(len(boxes)))
        labels = torch.cat(network.get_targets(points, [gts])[0])
        return len(labels[labels < OBJECTS].unique())

    return covered
