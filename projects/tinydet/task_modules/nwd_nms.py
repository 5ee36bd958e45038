r"""Non-maximum suppression by the normalized Wasserstein distance, exact and sub-quadratic.

Paper: A Normalized Gaussian Wasserstein Distance for Tiny Object Detection, arXiv:2110.13389,
section 3.4: of two boxes whose NWD is above a threshold, the box of lower score is suppressed.

Ours: the distance of two boxes is at least that of their centers, so a box can only suppress those
whose center is nearer than :math:`r = -C \ln t`, 2.1 px at the paper's threshold t = 0.85 in the
RPN. :class:`~tinydet.task_modules.neighbors.Neighbors` finds them. Classes are kept apart by
comparing class numbers; mmcv shifts each class by the largest coordinate plus 1,
which leaves boxes of two classes as near as 1.4 px. Time grows with the pairs of near centers:
nearly linearly with the boxes, and with their square only where all of them share one place.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from tinydet.arguments import check_count, check_number, described
from tinydet.registry import TASK_UTILS
from tinydet.task_modules.distances import check_constant, nwd
from tinydet.task_modules.greedy import claims
from tinydet.task_modules.neighbors import Neighbors


def check_arguments(
    iou_threshold: float = 0.85,
    constant: float = 12.8,
    class_agnostic: bool = False,
    max_num: int = -1,
) -> None:
    """Check the arguments of a config, before the first image.

    Raises:
        ValueError: The threshold is outside (0, 1), the constant is not a positive number,
            ``class_agnostic`` is not a bool, or ``max_num`` is below -1.
    """
    check_number("nwd_nms", "iou_threshold", iou_threshold, "(0, 1)")
    check_constant("nwd_nms", constant)
    if not isinstance(class_agnostic, bool):
        text = described("nwd_nms", "class_agnostic", class_agnostic)
        raise ValueError(f"{text} is neither True nor False")
    check_count("nwd_nms", "max_num", max_num, minimum=-1)


@TASK_UTILS.register_module(name="nwd_nms")
def nwd_nms(
    boxes: Tensor,
    scores: Tensor,
    groups: Tensor,
    iou_threshold: float = 0.85,
    constant: float = 12.8,
    class_agnostic: bool = False,
    max_num: int = -1,
) -> tuple[Tensor, Tensor]:
    """Suppress boxes near a box of higher score; ``nms=dict(type="tinydet.nwd_nms")``.

    Args:
        boxes: ``(N, 4)`` as x1, y1, x2, y2, pixels.
        scores: ``(N,)``; the first of equal scores ranks higher.
        groups: ``(N,)`` classes or pyramid levels; a box suppresses boxes of its own group only.
        iou_threshold: A box is suppressed if its NWD to a kept box of higher score is above this.
            The name is mmdet's, so that a config need not delete the parent's key. The paper uses
            0.85 in the RPN.
        constant: NWD's C, px.
        class_agnostic: Ignore the groups.
        max_num: Highest number of boxes to keep; -1 for all.

    Returns:
        ``(K, 5)`` boxes with scores, best first, and their ``(K,)`` indices.

    Raises:
        ValueError: See :func:`check_arguments`.
    """
    check_arguments(iou_threshold, constant, class_agnostic, max_num)
    if len(boxes) == 0:
        return boxes.new_zeros(0, 5), groups.new_zeros(0, dtype=torch.long)
    order = scores.argsort(descending=True, stable=True)
    if class_agnostic:
        groups = torch.zeros_like(groups)
    # Rounding decides pairs at the threshold: float64 decides them as a reference would.
    alike = Alike(boxes[order], groups[order], iou_threshold, constant)
    kept = order[claims(alike) == torch.arange(len(order), device=order.device)]
    if max_num >= 0:
        kept = kept[:max_num]
    return torch.cat([boxes[kept], scores[kept, None]], -1), kept


class Alike(Neighbors):
    """Boxes whose NWD exceeds a threshold."""

    def __init__(self, boxes: Tensor, groups: Tensor, threshold: float, constant: float) -> None:
        super().__init__(boxes, groups)
        self.threshold, self.constant = threshold, constant
        self.radius = -constant * math.log(threshold) * (1 + 1e-9)

    def reach(self, size: Tensor, low: Tensor, high: Tensor) -> Tensor:
        return size.new_full((1, 1, 2), self.radius)

    def match(self, i: Tensor, j: Tensor) -> Tensor:
        return nwd(self.boxes[i], self.boxes[j], self.constant) > self.threshold
