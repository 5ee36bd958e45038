"""Anchors of the size of the effective receptive field at their points.

Paper: RFLA: Gaussian Receptive Field based Label Assignment for Tiny Object Detection,
arXiv:2208.08738. The side of the effective field is a fixed fraction of the theoretical side.
Ours: the theoretical field is computed from the layers of the backbone
(:mod:`tinydet.task_modules.receptive_field`) instead of hard-coded.
"""

from __future__ import annotations

from collections.abc import Sequence

from mmdet.models.task_modules import AnchorGenerator

from tinydet.arguments import check_number
from tinydet.registry import TASK_UTILS
from tinydet.task_modules.receptive_field import receptive_fields


@TASK_UTILS.register_module()
class RFAnchorGenerator(AnchorGenerator):
    """An ``anchor_generator`` for RPN and RetinaNet; with ``_delete_=True`` over one with scales.

    With ResNet-50 and strides 4 to 64 the anchors of ratio 1 are 17.5, 45.5, 133.5, 213.5 and 277.5
    px wide. Heads encode boxes against these anchors too.

    Args:
        strides: Strides of the levels, px, each a power of 2 from 4 on.
        ratios: Ratios of height to width, at equal area.
        depth: Depth of the ResNet.
        fraction: Effective side over theoretical side.
        style: Style of the ResNet.
        **kwargs: Other arguments of mmdet's class, such as ``center_offset``.

    Raises:
        ValueError: The depth or the style is unknown, no level has one of the strides, or
            ``fraction`` is not above 0.
    """

    def __init__(
        self,
        strides: Sequence[int],
        ratios: Sequence[float] = (0.5, 1.0, 2.0),
        depth: int = 50,
        fraction: float = 0.5,
        style: str = "pytorch",
        **kwargs,
    ) -> None:
        check_number(self, "fraction", fraction)
        sides = [fraction * side for side in receptive_fields(depth, list(strides), style)]
        super().__init__(list(strides), list(ratios), scales=[1.0], base_sizes=sides, **kwargs)
