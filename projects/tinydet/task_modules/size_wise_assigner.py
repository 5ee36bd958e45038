r"""Label assignment by a threshold on the IoU that grows with the object.

Paper: CFINet, arXiv:2308.09534, and its public code (shaunyuan22/CFINet): an object of side
:math:`s = \sqrt{w h}` takes the priors whose IoU reaches

.. math:: T(s) = \min(t_{max}, \max(t_{min}, t_{base} + r \log_2(s / s_{base})))

There are no low-quality matches.
Ours: the threshold of an object holds for all of its priors. In the public code, a prior below the
threshold of its object keeps the threshold of :math:`s_{base}`, so that no threshold above
:math:`t_{base}` has an effect: ``as_published=True``.
"""

from __future__ import annotations

import torch
from torch import Tensor

from tinydet.arguments import check_number, described
from tinydet.registry import TASK_UTILS
from tinydet.task_modules.bounded_assigner import BoundedAssigner
from tinydet.task_modules.matching import Owners
from tinydet.task_modules.similarities import IoU
from tinydet.task_modules.windows import TINY


@TASK_UTILS.register_module()
class SizeWiseAssigner(BoundedAssigner):
    """Assign each prior to the object of the largest IoU, by the threshold of the object's size.

    Args:
        base_iou_thr: Lowest IoU of a positive prior of an object of side ``base_size``.
        min_iou_thr: The threshold of the smallest objects.
        max_iou_thr: The threshold of the largest objects.
        neg_iou_thr: Priors are negative below this IoU with all objects, and ignored between this
            and the threshold of their object.
        growth: Growth of the threshold when the side of the object doubles.
        base_size: px of the network's input. The public code has 12 px of the picture, which are
            18 px where SODA-D's tiles of 800 px become 1200 px.
        as_published: Let no threshold exceed ``base_iou_thr``, as in the public code.
        **kwargs: See :class:`~tinydet.task_modules.bounded_assigner.BoundedAssigner`.

    Raises:
        ValueError: A threshold is outside [0, 1], they do not ascend, or ``growth`` or
            ``base_size`` is not above 0.
    """

    compares = "priors by threshold"

    def __init__(
        self,
        base_iou_thr: float = 0.25,
        min_iou_thr: float = 0.2,
        max_iou_thr: float = 0.7,
        neg_iou_thr: float = 0.15,
        growth: float = 0.15,
        base_size: float = 12.0,
        as_published: bool = False,
        **kwargs,
    ) -> None:
        super().__init__(IoU(), **kwargs)
        thresholds = dict(
            neg_iou_thr=neg_iou_thr,
            min_iou_thr=min_iou_thr,
            base_iou_thr=base_iou_thr,
            max_iou_thr=max_iou_thr,
        )
        for name, value in thresholds.items():
            check_number(self, name, value, "[0, 1]")
        if list(thresholds.values()) != sorted(thresholds.values()):
            rest = ", ".join(f"{name}={value!r}" for name, value in list(thresholds.items())[1:])
            raise ValueError(
                f"{described(self, 'neg_iou_thr', neg_iou_thr)}, {rest} must ascend in this order"
            )
        self.neg_iou_thr = neg_iou_thr
        self.min_iou_thr = min_iou_thr
        self.base_iou_thr = base_iou_thr
        self.max_iou_thr = base_iou_thr if as_published else max_iou_thr
        self.growth = check_number(self, "growth", growth)
        self.base_size = check_number(self, "base_size", base_size)

    def thresholds(self, gts: Tensor) -> Tensor:
        """Return the lowest IoU of a positive prior of each object, ``(M, 4)`` to ``(M,)``."""
        sides = (gts[:, 2:] - gts[:, :2]).double().clamp(min=0).prod(1).sqrt()
        grown = self.base_iou_thr + self.growth * (sides / self.base_size).log2()
        return grown.clamp(self.min_iou_thr, self.max_iou_thr)

    def match(self, priors: Tensor, gts: Tensor) -> tuple[Tensor, Tensor]:
        owners = Owners(len(priors), priors.device)
        floor = torch.full((len(gts),), max(self.neg_iou_thr, TINY), device=gts.device)
        for gt, prior, value in self.windows(priors).pairs(gts, floor.double()):
            owners.update(gt, prior, value)
        inds = torch.full_like(owners.gt, -1)
        inds[owners.value < self.neg_iou_thr] = 0
        owned = owners.value > 0
        reaches = owners.value >= self.thresholds(gts)[owners.gt.clamp(min=0)]
        positive = owned & reaches
        inds[positive] = owners.gt[positive] + 1
        return inds, owners.value
