"""What feature imitation learns from: the quality of objects, copies of boxes, random samples.

Paper: CFINet, arXiv:2308.09534; numbers from its public code (shaunyuan22/CFINet).
"""

from __future__ import annotations

import torch
from torch import Tensor

SHIFTS = (0.3, 0.5)  # of the box's side
SCALES = (0.97, 1.03)
COPIES = 4 * len(SHIFTS) + len(SCALES)


def instance_quality(
    scores: Tensor, ious: Tensor, objects: Tensor, count: int, min_score: float = 0.05
) -> tuple[Tensor, Tensor]:
    """Return the mean of IoU times score over the proposals of each object, and their number.

    Args:
        scores: ``(P,)`` probability that each proposal has of its object's class.
        ious: ``(P,)`` IoU of each proposal with its object.
        objects: ``(P,)`` index of the object.
        count: ``M``, number of objects.
        min_score: Proposals with a lower score do not count.

    Returns:
        ``(M,)`` qualities in 0..1, 0 without a proposal, and ``(M,)`` numbers.
    """
    counts = scores >= min_score
    objects = objects[counts]
    number = torch.bincount(objects, minlength=count)
    total = scores.new_zeros(count).index_add_(0, objects, (ious * scores)[counts])
    return total / number.clamp(min=1), number


def copies_of(boxes: Tensor, size: tuple[int, int]) -> Tensor:
    """Return ten copies of each box: shifted by a part of its side, and scaled about its center.

    Ours: a box moves along x by a part of its width and along y by a part of its height, and each
    box has its own scaled copies. The public code swaps width and height, and mixes the scaled
    copies of different boxes.

    Args:
        boxes: ``(N, 4)`` as x1, y1, x2, y2, px.
        size: Height and width of the image, px; copies are clipped there.

    Returns:
        ``(N, 10, 4)``.
    """
    center, side = (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]
    directions = boxes.new_tensor([[1, 0], [0, 1], [-1, 0], [0, -1]])
    shifts = torch.cat([directions * part for part in SHIFTS] + [directions[:1] * 0] * len(SCALES))
    scales = boxes.new_tensor([1.0] * 4 * len(SHIFTS) + list(SCALES))[:, None]
    centers = center[:, None] + shifts * side[:, None]  # (N, 10, 2)
    halves = scales * side[:, None] / 2
    limit = boxes.new_tensor([size[1], size[0]])
    corners = [torch.minimum((centers + sign * halves).clamp(min=0), limit) for sign in (-1, 1)]
    return torch.cat(corners, -1)


def choose(candidates: Tensor, wanted: Tensor) -> Tensor:
    """Choose some candidates of each row at random, all if they are no more than wanted.

    Args:
        candidates: ``(A, N)`` booleans.
        wanted: ``(A,)`` numbers.

    Returns:
        ``(A, N)`` booleans.
    """
    keys = torch.rand(candidates.shape, device=candidates.device) + candidates
    rank = keys.argsort(1, descending=True).argsort(1)
    return candidates & (rank < wanted[:, None])
