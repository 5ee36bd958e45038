"""Ranking-based assignment: an object takes its k most similar priors, however similar they are.

Paper: Detecting Tiny Objects in Aerial Images: A Normalized Wasserstein Distance and a New
Benchmark (NWD-RKA), arXiv:2206.13996. For the RPN and dense heads; in R-CNN heads the paper
keeps MaxIoU at 0.5.

Ours: a prior that several objects want goes to the most similar one, where the released code gives
it to the last in the file; and an object that loses all of its k gets the most similar prior that
nobody wants (in a dense image one object in fifty would have none).
"""

from __future__ import annotations

import torch
from torch import Tensor

from tinydet.registry import TASK_UTILS
from tinydet.task_modules.arguments import check_count, check_fraction
from tinydet.task_modules.bounded_assigner import BoundedAssigner
from tinydet.task_modules.matching import NOBODY, Owners, claims, complete
from tinydet.task_modules.similarities import build_similarity


@TASK_UTILS.register_module()
class RankingAssigner(BoundedAssigner):
    """Each object's k most similar priors are positive; there is no threshold for them.

    Args:
        topk: k; the paper has 2 in Faster R-CNN, 3 in Cascade R-CNN, DetectoRS and RetinaNet.
        constant: C of NWD and DotD, px; 12.7 for AI-TOD-v2, 12.8 for AI-TOD.
        neg_thr: A prior that nobody wants is negative where its largest similarity is below it,
            else neither; the released code has 0.3 written into it.
        distance: ``"nwd"``, ``"dotd"``, ``"kld"``, ``"wasserstein"``, ``"iou"``, or
            ``dict(type="simd", m=..., n=...)``.
        **kwargs: See :class:`~tinydet.task_modules.bounded_assigner.BoundedAssigner`.

    Raises:
        ValueError: Unknown distance, a number out of range.
    """

    def __init__(
        self,
        topk: int = 2,
        constant: float = 12.7,
        neg_thr: float = 0.3,
        distance: str | dict = "nwd",
        **kwargs,
    ) -> None:
        super().__init__(build_similarity(distance, constant), **kwargs)
        self.topk = check_count("topk", topk)
        self.neg_thr = check_fraction("neg_thr", neg_thr)

    def match(self, priors: Tensor, gts: Tensor) -> tuple[Tensor, Tensor]:
        owners, seen = (Owners(len(priors), priors.device) for _ in range(2))
        floor = self.neg_thr or torch.inf  # no similarity is below 0, so none matters
        wanted = claims(self.windows(priors), gts, self.topk, floor=floor, see=seen.settle)
        owners.settle(*wanted)
        complete(owners, priors, gts, self.windows)
        return labeled(owners, seen, self.neg_thr)


def labeled(owners: Owners, seen: Owners, neg_thr: float) -> tuple[Tensor, Tensor]:
    """Return mmdet's ``gt_inds`` and ``max_overlaps``.

    Args:
        owners: Of the positive priors.
        seen: The most similar object of each prior as far as it reaches ``neg_thr``.
        neg_thr: Priors below it are negative.
    """
    inds = torch.where(seen.value < neg_thr, 0, -1)
    positive = owners.gt != NOBODY
    inds[positive] = owners.gt[positive] + 1
    return inds, torch.where(positive, owners.value, seen.value)
