r"""D3Q's box distance for tiny objects: L1 of the centers and of the logarithms of the sides.

Paper: Density-Aware DETR with Dynamic Query (D3Q), JSTARS 18, 2025:

.. math:: |\Delta c_x| + |\Delta c_y| + |\ln (w / w^*)| + |\ln (h / h^*)|

with centers in units of the image. DETR's L1 of sides sees an object of 8 px in 800 px as 0.01; a
ratio does not depend on the size. :class:`tinydet.models.losses.TinyL1Loss` trains by the same
distance.
"""

from __future__ import annotations

import torch
from mmdet.models.task_modules.assigners.match_cost import BaseMatchCost
from mmdet.structures.bbox import bbox_xyxy_to_cxcywh
from mmengine.structures import InstanceData
from torch import Tensor

from tinydet.registry import TASK_UTILS

EPS = 1e-6  # of the image's side; a sigmoid in half precision reaches 0


def log_sides(boxes: Tensor) -> Tensor:
    """Return ``(..., 4)`` boxes cx, cy, w, h as cx, cy, ln w, ln h, in float32."""
    center, sides = boxes.float().split(2, -1)
    return torch.cat([center, sides.clamp(min=EPS).log()], -1)


@TASK_UTILS.register_module()
class TinyL1Cost(BaseMatchCost):
    """Cost of matching predictions with objects, ``weight`` times the distance.

    Args:
        weight: D3Q's default.
    """

    def __init__(self, weight: float = 0.5) -> None:
        super().__init__(weight)

    def __call__(
        self,
        pred_instances: InstanceData,
        gt_instances: InstanceData,
        img_meta: dict,
        **kwargs,
    ) -> Tensor:
        """Return the costs, ``(N, M)``.

        Args:
            pred_instances: ``bboxes`` ``(N, 4)`` as x1, y1, x2, y2, px.
            gt_instances: ``bboxes`` ``(M, 4)``, likewise.
            img_meta: ``img_shape``, height and width in px.
            **kwargs: Ignored.
        """
        height, width = img_meta["img_shape"]
        sides = pred_instances.bboxes.new_tensor([width, height, width, height])
        boxes, targets = (
            log_sides(bbox_xyxy_to_cxcywh(one.bboxes) / sides)
            for one in (pred_instances, gt_instances)
        )
        return torch.cdist(boxes, targets, p=1) * self.weight
