r"""mmdet's MaxIoU rule on any similarity, with a rule for ties.

1. A prior is negative if its largest similarity is below ``neg_iou_thr``. It is positive, and
   assigned to the most similar object, if that similarity is at least ``pos_iou_thr``. Priors in
   between are ignored.
2. Low-quality matches: each object also claims its most similar prior, if their similarity is at
   least ``min_pos_iou``.

Ours differs from mmdet in step 2. IoUs hardly ever tie, but distances do: DotD does not depend on
sizes, so all anchors of a location are equally similar. mmdet assigns *all* of these anchors to the
object, and takes anchors from more similar objects. Here an object claims one prior, the first of
equally similar ones, and never takes a prior from a more similar object.

Papers of the distances: NWD, arXiv:2110.13389; DotD, Dot Distance for Tiny Object Detection in
Aerial Images, CVPR Workshops 2021; KLD and Wasserstein, arXiv:2208.08738.
"""

from __future__ import annotations

import torch
from torch import Tensor

from tinydet.arguments import check_number, described
from tinydet.registry import TASK_UTILS
from tinydet.task_modules.bounded_assigner import BoundedAssigner
from tinydet.task_modules.matching import NOBODY, Owners, claims
from tinydet.task_modules.similarities import build_similarity
from tinydet.task_modules.windows import TINY


def check_negatives(owner: object, neg_iou_thr: float | tuple[float, float]) -> tuple[float, float]:
    """Return the interval of similarities of negative priors, from a number or a pair.

    Raises:
        ValueError: ``neg_iou_thr`` is neither a similarity nor a pair of similarities in ascending
            order.
    """
    if not isinstance(neg_iou_thr, list | tuple):
        return 0.0, check_number(owner, "neg_iou_thr", neg_iou_thr, "[0, 1]")
    if len(neg_iou_thr) != 2 or neg_iou_thr[0] > neg_iou_thr[1]:
        raise ValueError(
            f"{described(owner, 'neg_iou_thr', neg_iou_thr)} must be a number, or a pair "
            "(lowest, highest)"
        )
    low, high = (check_number(owner, "neg_iou_thr", end, "[0, 1]") for end in neg_iou_thr)
    return low, high


@TASK_UTILS.register_module()
class ThresholdAssigner(BoundedAssigner):
    """Assign by thresholds on a similarity; the module states the rule.

    Args:
        distance: ``"nwd"``, ``"dotd"``, ``"kld"``, ``"wasserstein"``, ``"iou"``, or
            ``dict(type="simd", m=..., n=...)``.
        constant: C of NWD and DotD, px; the other distances ignore it.
        pos_iou_thr: Lowest similarity of a positive prior.
        neg_iou_thr: Negative priors have a lower similarity. A pair ``(a, b)``: negative priors
            have a similarity of at least ``a`` and below ``b``.
        min_pos_iou: Lowest similarity of a low-quality match.
        match_low_quality: Whether to add low-quality matches.
        **kwargs: See :class:`~tinydet.task_modules.bounded_assigner.BoundedAssigner`.

    Raises:
        ValueError: The distance is unknown, or a constant or a threshold is out of range.
    """

    compares = "priors by threshold"

    def __init__(
        self,
        distance: str | dict,
        constant: float | None = None,
        *,
        pos_iou_thr: float = 0.7,
        neg_iou_thr: float | tuple[float, float] = 0.3,
        min_pos_iou: float = 0.3,
        match_low_quality: bool = True,
        **kwargs,
    ) -> None:
        super().__init__(build_similarity(self, distance, constant), **kwargs)
        self.pos_iou_thr = check_number(self, "pos_iou_thr", pos_iou_thr, "[0, 1]")
        self.neg_iou_thr = check_negatives(self, neg_iou_thr)
        self.min_pos_iou = check_number(self, "min_pos_iou", min_pos_iou, "[0, 1]")
        self.match_low_quality = match_low_quality

    def match(self, priors: Tensor, gts: Tensor) -> tuple[Tensor, Tensor]:
        owners = Owners(len(priors), priors.device)
        # Similarities below all thresholds may count as 0.
        floor = min((t for t in (*self.neg_iou_thr, self.pos_iou_thr) if t > 0), default=TINY)
        claimed_pairs = claims(
            self.windows(priors),
            gts,
            k=1,
            min_similarity=self.min_pos_iou if self.match_low_quality else torch.inf,
            floor=floor,
            visit=owners.update,
        )
        low, high = self.neg_iou_thr
        inds = torch.full_like(owners.gt, -1)
        inds[(owners.value >= low) & (owners.value < high)] = 0
        positive = (owners.value >= self.pos_iou_thr) & (owners.gt != NOBODY)
        inds[positive] = owners.gt[positive] + 1
        claimants = Owners(len(priors), priors.device)
        claimants.update(*claimed_pairs)
        claimed = (claimants.gt != NOBODY) & ~positive
        inds[claimed] = claimants.gt[claimed] + 1
        return inds, torch.where(claimed, claimants.value, owners.value)
