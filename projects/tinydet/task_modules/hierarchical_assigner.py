"""Hierarchical assignment of RFLA: receptive fields as Gaussians, ranked in two stages.

Paper: RFLA: Gaussian Receptive Field based Label Assignment for Tiny Object Detection,
arXiv:2208.08738. A prior is the effective receptive field of a point of the feature
map (:mod:`tinydet.task_modules.rf_anchor_generator`). Stage 1: each object claims the k1 most
similar priors. Stage 2: the priors shrink by a factor about their centers, and each object claims
the k2 most similar of them; priors assigned in stage 1 keep their objects:
``r = r1 m + r2 (1 - m)``. Unassigned priors are negative or ignored by their similarity when
shrunk, as in the released code.

Ours: the caller's priors are left unchanged (the released code shrinks them in place, so that heads
encode boxes against anchors that are 10 % too small); a contested prior is assigned to the most
similar object; an object without a prior is given one; labels are set.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from tinydet.arguments import check_count, check_number
from tinydet.registry import TASK_UTILS
from tinydet.task_modules.matching import NOBODY, Owners, claims, complete
from tinydet.task_modules.ranking_assigner import RankingAssigner, assigned_inds


@TASK_UTILS.register_module()
class HierarchicalAssigner(RankingAssigner):
    """RFLA's two-stage assigner; the module states the rule.

    Args:
        topk: k1 and k2; the paper uses (3, 1), for DOTA-v2 (2, 1) with anchors and (6, 1) without.
        ratio: Factor on the priors' sides in stage 2, in (0, 1].
        distance: ``"kld"`` or ``"wasserstein"``, the paper's; or another of
            :class:`~tinydet.task_modules.ranking_assigner.RankingAssigner`.
        neg_thr: An unassigned prior is negative if its largest similarity is below ``neg_thr``,
            else ignored.
        constant: C of NWD and DotD, px; the other distances ignore it.
        **kwargs: See :class:`~tinydet.task_modules.bounded_assigner.BoundedAssigner`.

    Raises:
        ValueError: The distance is unknown, or a number is out of range.
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
            raise ValueError(
                f"HierarchicalAssigner: topk={topk!r} must be a pair (k of stage 1, k of stage 2)"
            )
        first, second = (check_count(self, f"topk[{i}]", k) for i, k in enumerate(topk))
        super().__init__(first, constant, neg_thr, distance, **kwargs)
        self.second_topk = second
        self.ratio = check_number(self, "ratio", ratio, "(0, 1]")

    def match(self, priors: Tensor, gts: Tensor) -> tuple[Tensor, Tensor]:
        owners, seconds, nearest = (Owners(len(priors), priors.device) for _ in range(3))
        owners.update(*claims(self.windows(priors), gts, self.topk))
        shrunk = self.windows(shrink(priors, self.ratio))
        floor = self.neg_thr or torch.inf  # at 0 no prior is negative, and no similarity matters
        seconds.update(*claims(shrunk, gts, self.second_topk, floor=floor, visit=nearest.update))
        added = (owners.gt == NOBODY) & (seconds.gt != NOBODY)
        owners.gt[added], owners.value[added] = seconds.gt[added], seconds.value[added]
        complete(owners, priors, gts, self.windows)
        return assigned_inds(owners, nearest, self.neg_thr)


def shrink(boxes: Tensor, ratio: float) -> Tensor:
    """Return boxes ``(N, 4)`` with sides times ``ratio`` about the same centers, float64."""
    low, high = boxes.double().split(2, -1)
    center, half = (low + high) / 2, (high - low) / 2 * ratio
    return torch.cat([center - half, center + half], -1)
