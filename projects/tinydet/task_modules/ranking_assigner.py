"""Ranking-based assignment: each object is assigned its k most similar priors, near or far.

Paper: Detecting Tiny Objects in Aerial Images: A Normalized Wasserstein Distance and a New
Benchmark (NWD-RKA), arXiv:2206.13996. For the RPN and dense heads; in R-CNN heads the paper
keeps MaxIoU at 0.5.

Ours: a prior claimed by several objects is assigned to the most similar object; the released code
assigns the prior to the last object in the file. An object that loses all of its k priors is
assigned the most similar unclaimed prior (in a dense image one object in fifty would have none).
"""

from __future__ import annotations

import torch
from torch import Tensor

from tinydet.arguments import check_count, check_number
from tinydet.registry import TASK_UTILS
from tinydet.task_modules.bounded_assigner import BoundedAssigner
from tinydet.task_modules.matching import NOBODY, Owners, claims, complete
from tinydet.task_modules.similarities import build_similarity


@TASK_UTILS.register_module()
class RankingAssigner(BoundedAssigner):
    """Each object's k most similar priors are positive, without a threshold.

    Args:
        topk: k; the paper uses 2 in Faster R-CNN, 3 in Cascade R-CNN, DetectoRS and RetinaNet.
        constant: C of NWD and DotD, px; 12.7 for AI-TOD-v2, 12.8 for AI-TOD.
        neg_thr: An unclaimed prior is negative if its largest similarity is below ``neg_thr``, else
            ignored; the released code hard-codes 0.3.
        distance: ``"nwd"``, ``"dotd"``, ``"kld"``, ``"wasserstein"``, ``"iou"``, or
            ``dict(type="simd", m=..., n=...)``.
        **kwargs: See :class:`~tinydet.task_modules.bounded_assigner.BoundedAssigner`.

    Raises:
        ValueError: The distance is unknown, or a number is out of range.
    """

    compares = "priors by rank"

    def __init__(
        self,
        topk: int = 2,
        constant: float = 12.7,
        neg_thr: float = 0.3,
        distance: str | dict = "nwd",
        **kwargs,
    ) -> None:
        super().__init__(build_similarity(self, distance, constant), **kwargs)
        self.topk = check_count(self, "topk", topk)
        self.neg_thr = check_number(self, "neg_thr", neg_thr, "[0, 1]")

    def match(self, priors: Tensor, gts: Tensor) -> tuple[Tensor, Tensor]:
        owners, nearest = (Owners(len(priors), priors.device) for _ in range(2))
        floor = self.neg_thr or torch.inf  # at 0 no prior is negative, and no similarity matters
        pairs = claims(self.windows(priors), gts, self.topk, floor=floor, visit=nearest.update)
        owners.update(*pairs)
        complete(owners, priors, gts, self.windows)
        return assigned_inds(owners, nearest, self.neg_thr)


def assigned_inds(owners: Owners, nearest: Owners, neg_thr: float) -> tuple[Tensor, Tensor]:
    """Return mmdet's ``gt_inds`` and ``max_overlaps``.

    Args:
        owners: The objects of the positive priors.
        nearest: The most similar object of each prior, where their similarity reaches ``neg_thr``.
        neg_thr: Unassigned priors with a lower similarity are negative, the others ignored.
    """
    inds = torch.where(nearest.value < neg_thr, 0, -1)
    positive = owners.gt != NOBODY
    inds[positive] = owners.gt[positive] + 1
    return inds, torch.where(positive, owners.value, nearest.value)
