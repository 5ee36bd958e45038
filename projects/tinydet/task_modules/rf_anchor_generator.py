"""Anchors as large as the effective receptive field of the points they stand on.

Paper: RFLA: Gaussian Receptive Field based Label Assignment for Tiny Object Detection,
arXiv:2208.08738. The effective field is a fixed share of the theoretical one.
Ours: the theoretical field is computed from the layers of the backbone
(:mod:`tinydet.task_modules.receptive_field`) instead of being written into the file.
"""

from __future__ import annotations

from collections.abc import Sequence

from mmdet.models.task_modules import AnchorGenerator

from tinydet.registry import TASK_UTILS
from tinydet.task_modules.arguments import check_positive
from tinydet.task_modules.receptive_field import receptive_fields


@TASK_UTILS.register_module()
class RFAnchorGenerator(AnchorGenerator):
    """An ``anchor_generator`` for RPN and RetinaNet; needs ``_delete_=True`` over one with scales.

    With ResNet-50 and strides 4 to 64 the anchors of ratio 1 are 17.5, 45.5, 133.5, 213.5 and 277.5
    px wide. Heads encode boxes against them too.

    Args:
        strides: Of the levels, px, each a power of 2 from 4 on.
        ratios: Height to width; the area stays.
        depth: Of the ResNet.
        fraction: Effective side as a share of the theoretical one.
        style: The ResNet's.
        **kwargs: ``center_offset`` and so on of mmdet's class.

    Raises:
        ValueError: Unknown depth or style, a stride that no level has, ``fraction`` not above 0.
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
        check_positive("fraction", fraction)
        sides = [fraction * side for side in receptive_fields(depth, list(strides), style)]
        super().__init__(list(strides), list(ratios), scales=[1.0], base_sizes=sides, **kwargs)
