"""The anchors of a config's head, and the rule by which the head matches them with objects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from mmdet.models.task_modules import AnchorGenerator, YOLOAnchorGenerator
from mmdet.registry import TASK_UTILS
from mmengine.config import Config
from mmengine.registry import init_default_scope

from tinydet.errors import InputError

LOWEST_RATIO = 4.0  # prior_match_thr of YOLOv5 and YOLOv7


@dataclass(frozen=True)
class Head:
    """How a head keeps its anchors and matches them with objects.

    Attributes:
        path: Keys of the generator below ``model``.
        settings: Of the generator.
        threshold: Least similarity of an object and its anchor.
        by_ratio: Whether similarity is the worse ratio of the sides, in place of the IoU.
    """

    path: tuple[str, str]
    settings: dict
    threshold: float
    by_ratio: bool

    @property
    def generator(self) -> AnchorGenerator:
        """The generator as the config has it."""
        return TASK_UTILS.build(self.settings)

    def anchors(self) -> np.ndarray:
        """Return ``(A, 3)`` width, height and stride, px, of the anchors of a cell."""
        built = self.generator
        return np.array(
            [
                [x2 - x1, y2 - y1, stride[0]]
                for level, stride in zip(built.base_anchors, built.strides, strict=True)
                for x1, y1, x2, y2 in level.tolist()
            ]
        )


def head_of(config: Config) -> Head:
    """Return the anchor head of a config.

    Raises:
        InputError: The config has no anchors, or anchors that follow from something else.
    """
    init_default_scope(config.get("default_scope", "mmdet"))
    for name in ("rpn_head", "bbox_head"):
        head = config.model.get(name)
        for key in ("anchor_generator", "prior_generator"):
            settings = head.get(key) if isinstance(head, dict) else None
            kind = type(TASK_UTILS.build(settings)) if settings else None
            if kind in (AnchorGenerator, YOLOAnchorGenerator):
                return _head(config, name, key, settings.to_dict())
    raise InputError(
        f"{config.filename}: neither model.rpn_head nor model.bbox_head has an AnchorGenerator or "
        "a YOLOAnchorGenerator; other heads have no anchors or compute them by a rule of their own"
    )


def _head(config: Config, name: str, key: str, settings: dict) -> Head:
    if key == "prior_generator":
        factor = config.model[name].get("prior_match_thr", LOWEST_RATIO)
        return Head((name, key), settings, 1 / factor, by_ratio=True)
    training = config.model.get("train_cfg") or {}
    assigner = (training.get("rpn") or training).get("assigner") or {}
    return Head((name, key), settings, least_iou(assigner), by_ratio=False)


def least_iou(assigner: dict) -> float:
    """Return the least IoU with which an anchor learns an object; 0.5 for rules without IoU.

    ``MaxIoUAssigner`` gives an object below ``pos_iou_thr`` its best anchor from ``min_pos_iou``
    on. Where that is 0 every object has an anchor, and ``pos_iou_thr`` tells good from bad ones.
    """
    if not str(assigner.get("type")).endswith("MaxIoUAssigner") or "iou_calculator" in assigner:
        return 0.5
    low = assigner.get("min_pos_iou", 0.0) if assigner.get("match_low_quality", True) else 0.0
    return low or assigner["pos_iou_thr"]
