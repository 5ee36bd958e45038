"""mmdet's MaxIoU rule on a similarity that ties.

1. A prior is negative where its largest similarity is below ``neg_iou_thr`` and positive, of the
   most similar object, where it is at least ``pos_iou_thr``; in between it is neither.
2. Low-quality matches: an object whose most similar prior reaches ``min_pos_iou`` claims it.

Ours differs from mmdet in the second step, where IoU hardly ever ties and distances do: DotD is
blind to size, so that all anchors of a location are equal. mmdet hands *all* equal priors to the
object, and takes them from objects that are more similar. Here an object claims one prior, of equal
ones the first, and a claim does not take a prior from a more similar object.
"""

from __future__ import annotations

import torch
from torch import Tensor

from tinydet.task_modules.arguments import check_fraction
from tinydet.task_modules.bounded_assigner import BoundedAssigner
from tinydet.task_modules.matching import NOBODY, Owners, claims
from tinydet.task_modules.similarities import Similarity
from tinydet.task_modules.windows import TINY


def check_negatives(name: str, value: float | tuple[float, float]) -> tuple[float, float]:
    """Return the range of similarities of negative priors, from a number or a pair.

    Raises:
        ValueError: Not a similarity, or not a pair of them in ascending order.
    """
    if not isinstance(value, list | tuple):
        return 0.0, check_fraction(name, value)
    if len(value) != 2 or value[0] > value[1]:
        raise ValueError(f"{name}={value!r} must be a number, or a pair (lowest, highest)")
    return check_fraction(name, value[0]), check_fraction(name, value[1])


class ThresholdAssigner(BoundedAssigner):
    """Assign by thresholds of a similarity; see the module.

    Args:
        similarity: What is compared.
        pos_iou_thr: Lowest similarity of a positive prior.
        neg_iou_thr: A negative prior has a lower one; a pair: at least the first, below the second.
        min_pos_iou: Lowest similarity of a low-quality match.
        match_low_quality: Whether there are any.
        **kwargs: See :class:`BoundedAssigner`.

    Raises:
        ValueError: A threshold outside [0, 1].
    """

    def __init__(
        self,
        similarity: Similarity,
        pos_iou_thr: float = 0.7,
        neg_iou_thr: float | tuple[float, float] = 0.3,
        min_pos_iou: float = 0.3,
        match_low_quality: bool = True,
        **kwargs,
    ) -> None:
        super().__init__(similarity, **kwargs)
        self.pos_iou_thr = check_fraction("pos_iou_thr", pos_iou_thr)
        self.neg_iou_thr = check_negatives("neg_iou_thr", neg_iou_thr)
        self.min_pos_iou = check_fraction("min_pos_iou", min_pos_iou)
        self.match_low_quality = match_low_quality

    def match(self, priors: Tensor, gts: Tensor) -> tuple[Tensor, Tensor]:
        owners = Owners(len(priors), priors.device)
        # What is below all thresholds may count as 0.
        floor = min((t for t in (*self.neg_iou_thr, self.pos_iou_thr) if t > 0), default=TINY)
        wanted = claims(
            self.windows(priors),
            gts,
            k=1,
            least=self.min_pos_iou if self.match_low_quality else torch.inf,
            floor=floor,
            see=owners.settle,
        )
        low, high = self.neg_iou_thr
        inds = torch.full_like(owners.gt, -1)
        inds[(owners.value >= low) & (owners.value < high)] = 0
        positive = (owners.value >= self.pos_iou_thr) & (owners.gt != NOBODY)
        inds[positive] = owners.gt[positive] + 1
        claimants = Owners(len(priors), priors.device)
        claimants.settle(*wanted)
        claimed = (claimants.gt != NOBODY) & ~positive
        inds[claimed] = claimants.gt[claimed] + 1
        return inds, torch.where(claimed, claimants.value, owners.value)
