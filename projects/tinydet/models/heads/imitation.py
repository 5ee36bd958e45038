"""What feature imitation learns from: the quality of objects, copies of boxes, random samples.

Paper: CFINet, arXiv:2308.09534; numbers from its public code (shaunyuan22/CFINet).
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from mmdet.models.task_modules.samplers import SamplingResult
from mmdet.structures.bbox import bbox_overlaps
from torch import Tensor

SHIFTS = (0.3, 0.5)  # of the box's side
SCALES = (0.97, 1.03)
COPIES = 4 * len(SHIFTS) + len(SCALES)
FRACTIONS = (0.5, 0.25)  # of an object's samples that are positive, of low and medium quality


class SampledObjects(NamedTuple):
    """The ``A`` objects of an image that the sampler kept; they are among the proposals.

    Attributes:
        rows: ``(A,)`` index of each among the sampled RoIs.
        labels: ``(A,)``.
        boxes: ``(A, 4)`` as x1, y1, x2, y2, px.
        quality: ``(A,)`` in 0..1, see :func:`instance_quality`.
        proposals: ``(A,)`` number of proposals that count.
    """

    rows: Tensor
    labels: Tensor
    boxes: Tensor
    quality: Tensor
    proposals: Tensor


def sampled_objects(sampling: SamplingResult, logits: Tensor, min_score: float) -> SampledObjects:
    """Return the sampled objects of an image.

    Args:
        sampling: The RoIs, positive ones first.
        logits: ``(R, K + 1)`` of the RoIs.
        min_score: Proposals with a lower score do not count.
    """
    rows = sampling.pos_is_gt.nonzero().squeeze(1)
    proposals = (sampling.pos_is_gt == 0).nonzero().squeeze(1)
    scores = logits[proposals].float().softmax(1)
    ious = bbox_overlaps(
        sampling.pos_priors[proposals], sampling.pos_gt_bboxes[proposals], is_aligned=True
    )
    quality, number = instance_quality(
        scores.gather(1, sampling.pos_gt_labels[proposals, None]).squeeze(1),
        ious.float(),
        sampling.pos_assigned_gt_inds[proposals],
        sampling.num_gts,
        min_score,
    )
    objects = sampling.pos_assigned_gt_inds[rows]
    return SampledObjects(
        rows,
        sampling.pos_gt_labels[rows],
        sampling.pos_gt_bboxes[rows],
        quality[objects],
        number[objects],
    )


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


def choose_samples(
    labels: Tensor,
    levels: Tensor,
    roi_labels: Tensor,
    exemplar_labels: Tensor,
    owners: Tensor,
    number: int,
) -> tuple[Tensor, Tensor]:
    """Choose the samples of each object among ``N = R + E + C`` RoIs, exemplars and copies.

    Objects of low and medium quality imitate exemplars of their class, those of high quality their
    own copies. RoIs of other classes and of the background are negative.

    Args:
        labels: ``(A,)`` of the objects.
        levels: ``(A,)`` quality of the objects: 0 low, 1 medium, 2 high.
        roi_labels: ``(R,)``.
        exemplar_labels: ``(E,)``.
        owners: ``(C,)`` index of the object that each copy is of.
        number: Samples of an object, positive and negative.

    Returns:
        ``(A, N)`` booleans, positive and negative.
    """
    own = labels[:, None]
    others = roi_labels != own
    imitated = (levels[:, None] < 2) & (exemplar_labels == own)
    is_copy = owners == torch.arange(len(labels), device=labels.device)[:, None]
    positive = torch.cat([torch.zeros_like(others), imitated, is_copy], 1)
    wanted = levels.new_tensor([*(int(number * part) for part in FRACTIONS), COPIES])
    positive = choose(positive, wanted[levels])
    negative = torch.cat([others, torch.zeros_like(imitated), torch.zeros_like(is_copy)], 1)
    return positive, choose(negative, number - positive.sum(1))
