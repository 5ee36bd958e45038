"""Which priors of which level a config's label assigner gives to each object.

The RPN or the dense head does not learn an object without a positive prior. Only the priors and the
assigner are built, no network.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from mmdet.models.task_modules.prior_generators import anchor_inside_flags
from mmdet.registry import MODELS, TASK_UTILS
from mmengine.config import Config, ConfigDict
from mmengine.registry import init_default_scope
from mmengine.structures import InstanceData
from torch import Tensor

from tinydet.configuration.nested import dictionaries

MEAN = 12.8  # px; sqrt(w * h) in AI-TOD (ICPR 2020, Table I), for constant="auto"


@dataclass(frozen=True, eq=False)
class Assignment:
    """The ``P`` positive priors of a picture.

    Args:
        objects: ``(P,)`` index of the object that each belongs to.
        levels: ``(P,)`` index of its level, 0 for the finest.
        centers: ``(P, 2)`` x and y of the prior, px.
    """

    objects: Tensor
    levels: Tensor
    centers: Tensor

    def counts(self, objects: int, levels: int) -> Tensor:
        """Return ``(objects, levels)`` numbers of positive priors."""
        flat = torch.bincount(self.objects * levels + self.levels, minlength=objects * levels)
        return flat.view(objects, levels)


@dataclass(frozen=True)
class Assigner:
    """What assigns priors to boxes.

    Args:
        strides: px, of each level.
        assign: Takes ``(N, 4)`` boxes x1, y1, x2, y2 and the picture's height and width in px.
    """

    strides: list[int]
    assign: Callable[[Tensor, tuple[int, int]], Assignment]


def assigner_of(config: Config) -> Assigner | None:
    """Return the assigner of a config's RPN or dense head.

    Args:
        config: The merged config; ``constant="auto"`` becomes the mean size of AI-TOD.

    Returns:
        The assigner; ``None`` for detectors without a comparison of objects with anchors or FCOS'
        points, which assign by predictions (YOLO, DETR), by heat maps or by other rules.
    """
    init_default_scope(config.get("default_scope", "mmdet"))
    model = ConfigDict(config.model.to_dict())
    for _, node in dictionaries(model, "model"):
        if node.get("constant") == "auto":
            node["constant"] = MEAN
    return _by_anchors(model) or _by_points(model)


def _by_anchors(model: ConfigDict) -> Assigner | None:
    """Return the assigner of anchors to objects of the RPN or the dense head."""
    train_cfg = model.get("train_cfg") or {}
    head, settings = model.get("rpn_head"), train_cfg.get("rpn")
    if head and "stages" in head:  # later stages compare objects with predictions of the first
        head, settings = head["stages"][0], settings and settings[0]
    if not head:
        head, settings = model.get("bbox_head") or {}, train_cfg
    if "anchor_generator" not in head or not (settings or {}).get("assigner"):
        return None
    generator = TASK_UTILS.build(head["anchor_generator"])
    assigner, border = TASK_UTILS.build(settings["assigner"]), settings.get("allowed_border", -1)
    by_level = "ATSS" in settings["assigner"]["type"]

    def assign(boxes: Tensor, shape: tuple[int, int]) -> Assignment:
        grid = generator.grid_priors(_sizes(generator.strides, shape), device="cpu")
        anchors, levels = torch.cat(grid), _levels(grid)
        inside = anchor_inside_flags(
            anchors, torch.ones(len(anchors), dtype=bool), tuple(shape), border
        )
        anchors, levels = anchors[inside], levels[inside]
        counts = torch.bincount(levels, minlength=len(grid)).tolist()
        more = dict(num_level_priors=counts) if by_level else {}
        gts = InstanceData(bboxes=boxes, labels=torch.zeros(len(boxes), dtype=torch.long))
        priors = InstanceData(priors=anchors)
        found = assigner.assign(pred_instances=priors, gt_instances=gts, **more).gt_inds
        centers = (anchors[:, :2] + anchors[:, 2:]) / 2
        return _positive(found - 1, levels, centers)

    return Assigner([stride[0] for stride in generator.strides], assign)


def _by_points(model: ConfigDict) -> Assigner | None:
    """Return the assigner of FCOS' points to objects."""
    head = model.get("bbox_head") or {}
    if not str(head.get("type")).endswith("FCOSHead"):
        return None
    network = MODELS.build(dict(head, num_classes=1, stacked_convs=0, train_cfg=None))

    def assign(boxes: Tensor, shape: tuple[int, int]) -> Assignment:
        sizes = _sizes([(stride, stride) for stride in network.strides], shape)
        points = network.prior_generator.grid_priors(sizes, device="cpu")
        # Each object has a class of its own, so that the targets name the objects with a point.
        network.num_classes = len(boxes)
        gts = InstanceData(bboxes=boxes, labels=torch.arange(len(boxes)))
        labels = torch.cat(network.get_targets(points, [gts])[0])
        objects = torch.where(labels < len(boxes), labels, -1)
        return _positive(objects, _levels(points), torch.cat(points))

    return Assigner(list(network.strides), assign)


def _sizes(strides: list[tuple[int, int]], shape: tuple[int, int]) -> list[tuple[int, int]]:
    """Return the rows and columns of each level; strides are (x, y)."""
    return [(-(-shape[0] // stride[1]), -(-shape[1] // stride[0])) for stride in strides]


def _levels(grid: list[Tensor]) -> Tensor:
    counts = torch.tensor([len(priors) for priors in grid])
    return torch.arange(len(grid)).repeat_interleave(counts)


def _positive(objects: Tensor, levels: Tensor, centers: Tensor) -> Assignment:
    positive = objects >= 0
    return Assignment(objects[positive], levels[positive], centers[positive])
