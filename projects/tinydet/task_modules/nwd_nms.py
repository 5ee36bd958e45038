r"""Non-maximum suppression by the normalized Wasserstein distance, exact and sub-quadratic.

Paper: A Normalized Gaussian Wasserstein Distance for Tiny Object Detection, arXiv:2110.13389,
section 3.4: of two boxes whose NWD is above a threshold, the box of lower score is suppressed.

Ours: the distance of two boxes is at least the distance of their centers, so a box can suppress
only boxes whose center is nearer than :math:`r = -C \ln t`, 2.1 px at the paper's threshold
t = 0.85 in the RPN. In an order by rows of height r, and by x within a row, these boxes are
adjacent. Boxes of different classes are told apart by class number; mmcv shifts each class by the
largest coordinate plus 1, which leaves boxes of two classes as near as 1.4 px. The time grows with
the number of near centers: almost linearly with the boxes, quadratically if all boxes share one
place.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from tinydet.arguments import check_count, check_number, described
from tinydet.registry import TASK_UTILS
from tinydet.task_modules.distances import check_constant, nwd
from tinydet.task_modules.neighbors import Neighbors

CHUNK = 1024  # boxes decided at once, whose pairs (at most CHUNK²) are kept in memory


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
    # In float64, pairs at the threshold are decided as by a reference.
    kept = order[_greedy(boxes[order].double(), groups[order], iou_threshold, constant)]
    if max_num >= 0:
        kept = kept[:max_num]
    return torch.cat([boxes[kept], scores[kept, None]], -1), kept


def _greedy(boxes: Tensor, groups: Tensor, threshold: float, constant: float) -> Tensor:
    """Return the indices of the kept boxes; the boxes are sorted by score.

    In each chunk of boxes, first the boxes of the chunk suppress each other; then the kept boxes
    of the chunk suppress boxes of later chunks.
    """
    radius = -constant * math.log(threshold)
    suppressed = torch.zeros(len(boxes), dtype=torch.bool, device=boxes.device)
    cells = Neighbors(boxes, groups, radius)
    for start in range(0, len(boxes), CHUNK):
        chunk = start + (~suppressed[start : start + CHUNK]).nonzero().squeeze(1)
        if len(chunk) == 0:
            continue
        within = Neighbors(boxes[chunk], groups[chunk], radius)
        everyone = torch.arange(len(chunk), device=boxes.device)
        pairs = [
            torch.stack([better[near], worse[near]])
            for better, worse in within.pairs(everyone)
            for near in [nwd(boxes[chunk[better]], boxes[chunk[worse]], constant) > threshold]
        ]
        kept = _resolve(len(chunk), *torch.cat(pairs, 1)) if pairs else everyone >= 0
        suppressed[chunk[~kept]] = True
        if start + CHUNK >= len(boxes):
            break
        for better, worse in cells.pairs(chunk[kept], first=start + CHUNK):
            suppressed[worse[nwd(boxes[better], boxes[worse], constant) > threshold]] = True
    return (~suppressed).nonzero().squeeze(1)


def _resolve(count: int, better: Tensor, worse: Tensor) -> Tensor:
    """Return a mask of the boxes that greedy NMS keeps, ``(count,)``, given all near pairs.

    Each round decides all boxes that no undecided box can suppress, so there are as many rounds as
    the longest chain of near boxes has members.
    """
    undecided = torch.ones(count, dtype=torch.bool, device=better.device)
    kept = torch.zeros_like(undecided)
    while undecided.any():
        waits = torch.zeros_like(undecided)
        waits[worse[undecided[better]]] = True
        sure = undecided & ~waits
        kept |= sure
        undecided &= waits
        undecided[worse[sure[better]]] = False
    return kept
