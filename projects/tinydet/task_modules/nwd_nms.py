r"""Non-maximum suppression by the normalised Wasserstein distance, exact and sub-quadratic.

Paper: A Normalized Gaussian Wasserstein Distance for Tiny Object Detection, arXiv:2110.13389,
section 3.4: of two boxes closer than a threshold the one of lower score goes, as with IoU.

Ours: the distance of two boxes is at least that of their centres, so a box can only suppress those
whose centre is nearer than :math:`r = -C \ln t`, 2.1 px at the paper's threshold t = 0.85 in the
RPN. :class:`~tinydet.task_modules.neighbours.Neighbours` finds them. Classes are kept apart by
comparing class numbers; mmcv shifts each class by the largest coordinate plus 1,
which leaves boxes of two classes as near as 1.4 px. Time grows with the pairs of near centres:
nearly linearly with the boxes, and with their square only where all of them share one place.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from tinydet.registry import TASK_UTILS
from tinydet.task_modules.distances import check_constant, nwd
from tinydet.task_modules.greedy import claims
from tinydet.task_modules.neighbours import Neighbours


def check_arguments(
    iou_threshold: float = 0.85,
    constant: float = 12.8,
    class_agnostic: bool = False,
    max_num: int = -1,
) -> None:
    """Check what a config says, before the first image does.

    Raises:
        ValueError: The threshold is outside (0, 1), the constant is no positive number,
            ``class_agnostic`` no bool, ``max_num`` neither -1 nor a count.
    """
    if isinstance(iou_threshold, bool) or not isinstance(iou_threshold, int | float):
        raise ValueError(f"nwd_nms: iou_threshold={iou_threshold!r} is not a number")
    if not 0 < iou_threshold < 1:
        raise ValueError(f"nwd_nms: iou_threshold={iou_threshold!r} is outside (0, 1)")
    check_constant(constant, "nwd_nms: constant")
    if not isinstance(class_agnostic, bool):
        raise ValueError(f"nwd_nms: class_agnostic={class_agnostic!r} is neither True nor False")
    if isinstance(max_num, bool) or not isinstance(max_num, int) or max_num < -1:
        raise ValueError(f"nwd_nms: max_num={max_num!r} is neither -1, for all, nor a count")


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
    """Keep the best of boxes that are near each other; ``nms=dict(type="tinydet.nwd_nms")``.

    Args:
        boxes: ``(N, 4)`` as x1, y1, x2, y2, pixels.
        scores: ``(N,)``; of equal ones the first box goes first.
        groups: ``(N,)`` classes or pyramid levels; only boxes of one group compete.
        iou_threshold: A box goes when its NWD to a better one is above it; mmdet's name, so that
            a config need not delete the parent's. The paper has 0.85 in the RPN.
        constant: NWD's C, px.
        class_agnostic: All boxes compete.
        max_num: Return at most the best so many; -1 for all.

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


class Alike(Neighbours):
    """Boxes whose NWD exceeds a threshold."""

    def __init__(self, boxes: Tensor, groups: Tensor, threshold: float, constant: float) -> None:
        super().__init__(boxes, groups)
        self.threshold, self.constant = threshold, constant
        self.radius = -constant * math.log(threshold) * (1 + 1e-9)

    def reach(self, size: Tensor, low: Tensor, high: Tensor) -> Tensor:
        return size.new_full((1, 1, 2), self.radius)

    def match(self, i: Tensor, j: Tensor) -> Tensor:
        return nwd(self.boxes[i], self.boxes[j], self.constant) > self.threshold
