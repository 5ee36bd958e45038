"""Hierarchical assignment of RFLA: receptive fields as Gaussians, ranked in two stages.

Paper: RFLA: Gaussian Receptive Field based Label Assignment for Tiny Object Detection,
arXiv:2208.08738. A prior is the effective receptive field of a point of the feature
map (:mod:`tinydet.task_modules.rf_anchor_generator`). Stage 1: an object takes the k1 most similar
ones. Stage 2: the receptive fields shrink by a factor about their centers, an object takes the k2
most similar ones of those, as far as they were not taken: ``r = r1 m + r2 (1 - m)``. What is left
is negative or neither by its similarity when shrunk, as in the released code.

Ours: the priors of the caller stay as they are (the released code shrinks them in place, so that
boxes are then encoded against anchors that are 10 % too small); contested priors go to the most
similar object; an object left with none gets one; labels are set.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from tinydet.registry import TASK_UTILS
from tinydet.task_modules.arguments import check_count
from tinydet.task_modules.matching import NOBODY, Owners, claims, complete
from tinydet.task_modules.ranking_assigner import RankingAssigner, labeled


@TASK_UTILS.register_module()
class HierarchicalAssigner(RankingAssigner):
    """RFLA's assigner.

    Args:
        topk: k1 and k2; the paper has (3, 1), for DOTA-v2 (2, 1) with anchors and (6, 1) without.
        ratio: What priors shrink by in stage 2, above 0 and at most 1.
        distance: ``"kld"`` or ``"wasserstein"``, the paper's; or another of
            :class:`~tinydet.task_modules.ranking_assigner.RankingAssigner`.
        neg_thr: A prior that nobody takes is negative where it is less similar to all objects, else
            neither.
        constant: C of NWD and DotD, px, if one of them is the distance.
        **kwargs: See :class:`~tinydet.task_modules.bounded_assigner.BoundedAssigner`.

    Raises:
        ValueError: Unknown distance, a number out of range.
    """

    def __init__(
        self,
        topk: Sequence[int] = (3, 1),
        ratio: float = 0.9,
        distance: str | dict = "kld",
        neg_thr: float = 0.8,
        constant: float | None = None,
        **kwargs,
    ) -> None:
        if not isinstance(topk, list | tuple) or len(topk) != 2:
            raise ValueError(f"topk={topk!r} must be a pair (k of stage 1, k of stage 2)")
        first, second = (check_count(f"topk[{i}]", k) for i, k in enumerate(topk))
        if isinstance(ratio, bool) or not isinstance(ratio, int | float) or not 0 < ratio <= 1:
            raise ValueError(f"ratio={ratio!r} must be above 0 and at most 1")
        super().__init__(first, constant, neg_thr, distance, **kwargs)
        self.second_topk, self.ratio = second, ratio

    def match(self, priors: Tensor, gts: Tensor) -> tuple[Tensor, Tensor]:
        owners, seconds, seen = (Owners(len(priors), priors.device) for _ in range(3))
        owners.settle(*claims(self.windows(priors), gts, self.topk))
        shrunk = self.windows(shrink(priors, self.ratio))
        floor = self.neg_thr or torch.inf  # no similarity is below 0, so none matters
        seconds.settle(*claims(shrunk, gts, self.second_topk, floor=floor, see=seen.settle))
        added = (owners.gt == NOBODY) & (seconds.gt != NOBODY)
        owners.gt[added], owners.value[added] = seconds.gt[added], seconds.value[added]
        complete(owners, priors, gts, self.windows)
        return labeled(owners, seen, self.neg_thr)


def shrink(boxes: Tensor, ratio: float) -> Tensor:
    """Return boxes ``(N, 4)`` with sides times ``ratio`` about the same centers, float64."""
    low, high = boxes.double().split(2, -1)
    center, half = (low + high) / 2, (high - low) / 2 * ratio
    return torch.cat([center - half, center + half], -1)
