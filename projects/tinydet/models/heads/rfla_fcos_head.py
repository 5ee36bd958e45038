"""FCOS with label assignment by the receptive fields of its points.

Paper: RFLA: Gaussian Receptive Field based Label Assignment for Tiny Object Detection,
arXiv:2208.08738. FCOS (arXiv:1904.01355) assigns an object to the points inside it, and a tiny
object has one such point or none. Here a label assigner compares the objects with the receptive
field of each point.

As in the released head, ignored points are background, because FCOS' classification loss has no
third state.
Ours: targets are computed for positive points alone (mmdet's FCOS builds tables of points and
objects, 52 bytes a pair).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mmdet.models import FCOSHead
from mmdet.registry import TASK_UTILS
from mmdet.structures.bbox import get_box_tensor
from mmengine.structures import InstanceData
from torch import Tensor

from tinydet.arguments import check_number
from tinydet.registry import MODELS
from tinydet.task_modules.receptive_field import receptive_fields

MIN_DISTANCE = 0.01  # from a point to a side in centerness, px or strides; points may lie outside


@MODELS.register_module()
class RFLAFCOSHead(FCOSHead):
    """:class:`mmdet.models.FCOSHead` with targets from a label assigner.

    Args:
        assigner: Compares the receptive fields, squares about the points, with the objects.
        depth: Depth of the ResNet.
        fraction: Effective side of a receptive field over its theoretical side.
        style: Style of the ResNet.
        **kwargs: All arguments of FCOS' head; ``regress_ranges`` and ``center_sampling`` have no
            effect.

    Raises:
        ValueError: The depth or the style is unknown, no level has one of the strides, or
            ``fraction`` is not above 0.
    """

    contract_changes = dict(
        assigners=("priors by threshold", "priors by rank"), assigner_in_head=True
    )

    def __init__(
        self,
        *args,
        assigner: dict = dict(type="tinydet.HierarchicalAssigner"),
        depth: int = 50,
        fraction: float = 0.5,
        style: str = "pytorch",
        **kwargs,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.assigner = TASK_UTILS.build(assigner)
        check_number(self, "fraction", fraction)
        fields = receptive_fields(depth, list(self.strides), style)
        self.field_sides = [fraction * side for side in fields]

    def get_targets(
        self, points: Sequence[Tensor], batch_gt_instances: Sequence[InstanceData]
    ) -> tuple[list[Tensor], list[Tensor]]:
        """Return labels and distances to the four sides for each level, image after image.

        Args:
            points: ``(N_l, 2)`` for each level, px.
            batch_gt_instances: ``bboxes`` and ``labels`` for each image.
        """
        sizes = [len(level) for level in points]
        halves = [side / 2 for side in self.field_sides]
        fields = torch.cat(
            [torch.cat([p - half, p + half], 1) for p, half in zip(points, halves, strict=True)]
        )
        images = [self._targets(torch.cat(list(points)), fields, gt) for gt in batch_gt_instances]
        by_level = [
            [torch.cat(level) for level in zip(*(t.split(sizes) for t in kind), strict=True)]
            for kind in zip(*images, strict=True)
        ]
        labels, targets = by_level
        if self.norm_on_bbox:
            targets = [t / stride for t, stride in zip(targets, self.strides, strict=True)]
        return labels, targets

    def _targets(
        self, points: Tensor, fields: Tensor, gt_instances: InstanceData
    ) -> tuple[Tensor, Tensor]:
        """Return labels ``(N,)`` and distances ``(N, 4)`` of an image."""
        result = self.assigner.assign(InstanceData(priors=fields), gt_instances)
        positive = (result.gt_inds > 0).nonzero().squeeze(1)
        labels = torch.full_like(result.gt_inds, self.num_classes)
        labels[positive] = result.labels[positive]
        boxes = get_box_tensor(gt_instances.bboxes)[result.gt_inds[positive] - 1]
        at = points[positive]
        targets = points.new_zeros(len(points), 4)
        targets[positive] = torch.cat([at - boxes[:, :2], boxes[:, 2:] - at], 1).to(targets)
        return labels, targets

    def centerness_target(self, pos_bbox_targets: Tensor) -> Tensor:
        """Return FCOS' centerness ``(P,)``; a point outside its object counts as on the border.

        Args:
            pos_bbox_targets: ``(P, 4)`` distances to left, top, right and bottom.
        """
        return super().centerness_target(pos_bbox_targets.clamp(min=MIN_DISTANCE))
